//! From pairs of product and person to what each person is told: pure.

use std::collections::HashMap;
use std::sync::Arc;

use hotdeal_domain::UserId;
use hotdeal_domain::deal::DealTerms;

use super::api::{Addressed, NoticeLine};
use super::read::{Followed, Page};

/// What the people of a page are told, by person and product.
pub(crate) struct People {
    pub(crate) to: Vec<Addressed>,
    /// The last person the page is about, who need not be told of anything.
    pub(crate) through: Option<UserId>,
    /// Nobody comes after them.
    pub(crate) is_last: bool,
}

/// Turns a page around. Of a full page the last person is left for the next one, whose products
/// may not all be on this one.
pub(crate) fn people(page: &Page, terms: &DealTerms) -> People {
    let mut pairs: Vec<(UserId, usize)> = Vec::new();
    for (place, followed) in page.followed.iter().enumerate() {
        pairs.extend(followed.people.iter().map(|user| (*user, place)));
    }
    pairs.sort_unstable();
    let mut persons: Vec<&[(UserId, usize)]> =
        pairs.chunk_by(|one, next| one.0 == next.0).collect();
    if page.is_full && persons.len() > 1 {
        persons.pop();
    }
    let through = persons.last().and_then(|person| person.first()).map(|(user, _)| *user);
    let told: Vec<Option<NoticeLine>> =
        page.followed.iter().map(|followed| line(followed, terms)).collect();
    let line_of = |place: &usize| told.get(*place).and_then(Option::as_ref);
    let mut lists: HashMap<Vec<usize>, Arc<[NoticeLine]>> = HashMap::new();
    let mut places: Vec<usize> = Vec::new();
    let mut to = Vec::with_capacity(persons.len());
    for person in persons {
        places.clear();
        places.extend(
            person.iter().map(|(_, place)| *place).filter(|place| line_of(place).is_some()),
        );
        let Some((user, _)) = person.first().filter(|_| !places.is_empty()) else { continue };
        let lines = match lists.get(&places) {
            Some(lines) => lines.clone(),
            None => {
                let lines: Arc<[NoticeLine]> = places.iter().filter_map(line_of).cloned().collect();
                lists.insert(places.clone(), lines.clone());
                lines
            }
        };
        to.push((*user, lines));
    }
    People { to, through, is_last: !page.is_full }
}

/// What is told of a product; nothing where it is off sale or the deal does not make its price.
fn line(followed: &Followed, terms: &DealTerms) -> Option<NoticeLine> {
    let price = terms.price_of(followed.price).filter(|_| !followed.withdrawn)?;
    Some(NoticeLine {
        product: followed.product,
        name: followed.name.as_str().into(),
        list_price: followed.price,
        price,
        currency: followed.currency,
    })
}

/// How many people from the first on are told together: of about so many products, never a
/// person in two halves.
pub(crate) fn together(to: &[Addressed], rows_max: usize) -> usize {
    let mut rows = 0;
    let people = to.iter().take_while(|(_, lines)| {
        rows += lines.len();
        rows <= rows_max
    });
    people.count().max(1).min(to.len())
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::{
        Amount, BasisPoints, Currency, Discount, ProductId, SaleWindow, UnixMillis,
    };

    use crate::notice::page::*;

    fn user(number: i64) -> UserId {
        UserId::try_from(number).expect("a person of the test")
    }

    fn followed(product: i64, people: &[i64]) -> Followed {
        Followed {
            product: ProductId::try_from(product).expect("a product of the test"),
            name: format!("product {product}"),
            price: Amount::try_from(1_000).expect("an amount"),
            currency: Currency::Krw,
            withdrawn: product == 9,
            people: people.iter().map(|number| user(*number)).collect(),
        }
    }

    fn told(followed: Vec<Followed>, is_full: bool) -> People {
        let terms = hotdeal_domain::deal::DealTerms {
            discount: Discount::Rate(BasisPoints::try_from(1_000).expect("ten percent")),
            window: SaleWindow { start: UnixMillis(0), end: UnixMillis(9) },
            quota: None,
            person_limit: None,
        };
        people(&Page { followed, is_full }, &terms)
    }

    fn products(people: &People) -> Vec<(i64, Vec<i64>)> {
        let ids = |lines: &[NoticeLine]| lines.iter().map(|line| line.product.get()).collect();
        people.to.iter().map(|(user, lines)| (user.get(), ids(lines))).collect()
    }

    #[test]
    fn each_person_is_told_once_of_all_they_follow_by_number() {
        let told = told(vec![followed(1, &[5, 3]), followed(2, &[3, 4])], false);
        assert_eq!(products(&told), [(3, vec![1, 2]), (4, vec![2]), (5, vec![1])]);
        assert!(told.is_last && told.through == Some(user(5)));
        assert_eq!(told.to[1].1[0].price.minor(), 900);
    }

    #[test]
    fn people_who_follow_the_same_share_one_list() {
        let told = told(vec![followed(1, &[1, 2, 3]), followed(2, &[1, 3])], false);
        assert!(Arc::ptr_eq(&told.to[0].1, &told.to[2].1));
        assert!(!Arc::ptr_eq(&told.to[0].1, &told.to[1].1));
    }

    #[test]
    fn the_last_person_of_a_full_page_waits_for_the_next() {
        let full = told(vec![followed(1, &[1, 2, 3]), followed(2, &[1])], true);
        assert_eq!(products(&full), [(1, vec![1, 2]), (2, vec![1])]);
        assert!(!full.is_last && full.through == Some(user(2)));
    }

    #[test]
    fn nobody_is_told_of_what_went_off_sale_and_yet_they_are_passed() {
        let told = told(vec![followed(1, &[1]), followed(9, &[1, 2])], false);
        assert_eq!(products(&told), [(1, vec![1])]);
        assert_eq!(told.through, Some(user(2)));
    }

    #[test]
    fn nobody_is_told_of_a_product_of_which_the_deal_leaves_nothing_to_pay() {
        let mut cheap = followed(2, &[1, 2]);
        cheap.price = Amount::ZERO;
        let told = told(vec![followed(1, &[1]), cheap], false);
        assert_eq!(products(&told), [(1, vec![1])]);
        assert_eq!(told.through, Some(user(2)));
    }

    #[test]
    fn a_person_is_never_told_in_two_halves() {
        let told = told(vec![followed(1, &[1, 2, 3]), followed(2, &[1, 2, 3])], false);
        for (rows_max, people) in [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (100, 3)] {
            assert_eq!(together(&told.to, rows_max), people, "{rows_max}");
        }
        assert_eq!(together(&[], 10), 0);
    }
}
