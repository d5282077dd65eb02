//! Passwords that many people choose.
//!
//! Lists of leaked passwords are long, but those of eight characters or more are built in few ways:
//! a word or name with digits or symbols behind it, a walk over the keyboard, a run of digits or
//! letters, a repeated piece. So these ways are refused, with the words they are built from, and in
//! addition a list of those among the ten thousand most used that no rule catches.

use std::sync::LazyLock;

/// The most used passwords of at least eight characters that the rules below do not refuse, in
/// alphabetical order: selected from the frequency list of the zxcvbn project (MIT licence).
const MOST_USED: &str = include_str!("common.txt");
static LISTED: LazyLock<Vec<&str>> = LazyLock::new(|| MOST_USED.lines().collect());

/// Words and names that passwords are made of, in lower case, a space between them.
const WORDS: &str = "abcdef access account admin administrator airplane alexander america amanda andrew angel \
    anthony apple arsenal asshole august austin babygirl bailey banana baseball basketball \
    batman beautiful benjamin blessed bigdaddy brandon brooklyn buster butterfly butthead \
    california calvin captain carolina caroline celtic champion changeit changeme charles \
    charlie cheese chelsea chester chicago chicken chocolate christian christine christopher \
    cocacola coffee computer cookie corvette courtney cowboys creative crystal daniel danielle \
    darkness database default december diamond digital dolphin dolphins dragon eagles einstein \
    electric elephant elizabeth eminem enterprise explorer facebook falcon family fantasy \
    february ferrari fireball firebird florida flower flowers football forever franklin \
    freedom friday friends fuckyou garfield gateway george godzilla goldfish google greenday \
    guest guitar hammer hannah harley hardcore heather hello helloworld hercules hockey \
    hollywood homer hotdeal hunter iceman iloveu iloveyou infinity instagram internet ironman \
    jackson january jasmine jasper jennifer jessica johnson jonathan jordan joseph joshua \
    junior justin killer kimberly kitten korea lakers lauren letmein liberty liverpool login \
    london lovely loveme loveyou madison maggie manchester marine marlboro martin master \
    matrix matthew maverick maxwell melissa mercedes merlin metallica michael michelle mickey \
    midnight minecraft monday monkey monster montana mountain mustang naruto nascar natalie \
    newyork nicholas nicole nintendo nothing november october oliver orange packers panther \
    parker pass passport password passwd passwort patrick peanut pepper phoenix player playboy \
    pokemon police porsche prince princess purple pussy rainbow raiders ranger rangers rebecca \
    redskins remember richard robert rockstar samantha samsung saturday scooby scooter \
    scorpion secret security senha seoul september service shadow shannon shopping silver \
    slipknot snoopy snowball soccer softball sophie spiderman spring squirrel starwars \
    startrek steelers stephanie steven strawberry success summer sunday sunflower sunshine \
    superman superstar swimming system taylor tennis test tester testing thomas thunder \
    thursday tiffany tigers tigger tinkerbell toyota trustno tuesday twitter unicorn united \
    user vampire victoria viking virginia voyager warcraft warrior wednesday welcome whatever \
    william williams windows winner winston winter wizard wolverine yamaha yankees zxcvbnm 사랑해 \
    비밀번호";

/// Rows of keys, and other sequences that fingers follow.
const WALKS: &[&str] = &[
    "12345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdef",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()",
    "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
];

/// Characters of a piece that makes no password, however often it is repeated.
const PIECE_MAX: usize = 4;
/// Digits and symbols around a word that do not make it a password.
const DRESSING_MAX: usize = 5;
/// Characters from which on a sequence of keys counts as a walk.
const WALK_MIN: usize = 4;

/// Whether many people would choose this password.
pub(super) fn is_common(password: &str) -> bool {
    let plain: Vec<char> = password.to_lowercase().chars().map(as_letter).collect();
    is_listed(&password.to_lowercase())
        || is_said_again(&plain)
        || is_made_of(&plain)
        || is_made_of(&raw(password))
        || is_walked(&raw(password))
}

/// Whether it is on the list, as it is or without a few digits and symbols at its end.
fn is_listed(lower: &str) -> bool {
    let bare = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let is_there = |text: &str| LISTED.binary_search(&text).is_ok();
    is_there(lower) || lower.len() - bare.len() <= DRESSING_MAX && is_there(bare)
}

fn raw(password: &str) -> Vec<char> {
    password.to_lowercase().chars().collect()
}

/// The letter for which a digit or symbol stands, as in `p@ssw0rd`.
fn as_letter(character: char) -> char {
    match character {
        '@' => 'a',
        '$' => 's',
        '0' => 'o',
        '3' => 'e',
        '1' | '!' => 'i',
        other => other,
    }
}

/// Whether it is a piece of at most four characters, repeated: `aaaaaaaa`, `12341234`.
fn is_said_again(text: &[char]) -> bool {
    (1..=PIECE_MAX).any(|piece| {
        let (first, rest) = text.split_at(piece.min(text.len()));
        !rest.is_empty() && rest.iter().zip(first.iter().cycle()).all(|(one, other)| one == other)
    })
}

/// Whether it is one of the words, or the same word twice, with at most five digits and symbols
/// around it.
fn is_made_of(text: &[char]) -> bool {
    WORDS.split_ascii_whitespace().any(|word| {
        let word: Vec<char> = word.chars().collect();
        let Some(start) = text.windows(word.len()).position(|part| part == word) else {
            return false;
        };
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        let after = after.strip_prefix(word.as_slice()).unwrap_or(after);
        let dressing = before.iter().chain(after);
        dressing.clone().count() <= DRESSING_MAX
            && dressing.clone().all(|c| !c.is_alphabetic() || is_lone(text, &word))
    })
}

/// Whether a short text is the word and a letter or two.
fn is_lone(text: &[char], word: &[char]) -> bool {
    text.len() <= word.len() + 2
}

/// Whether it consists of walks over the keyboard, forwards or backwards: `qwerty123456`,
/// `87654321`.
fn is_walked(text: &[char]) -> bool {
    let mut left = text;
    while !left.is_empty() {
        let steps = (1..=left.len()).rev().find(|&steps| is_walk(&left[..steps])).unwrap_or(0);
        if steps < WALK_MIN.min(left.len()) {
            // One or two digits at the end make no difference.
            return left.len() < text.len()
                && left.len() <= 3
                && left.iter().all(|c| !c.is_alphabetic());
        }
        left = &left[steps..];
    }
    true
}

fn is_walk(text: &[char]) -> bool {
    let forwards: String = text.iter().collect();
    let backwards: String = text.iter().rev().collect();
    WALKS.iter().any(|walk| walk.contains(&forwards) || walk.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_thinks_of_is_refused() {
        for password in [
            "password",
            "Password1",
            "password123!",
            "P@ssw0rd",
            "passw0rd",
            "12345678",
            "123456789",
            "87654321",
            "qwertyui",
            "qwerty123456",
            "1q2w3e4r",
            "1qaz2wsx",
            "zxcvbnm1",
            "asdfghjk",
            "11111111",
            "aaaaaaaa",
            "12341234",
            "abcd1234",
            "abcabcabc",
            "iloveyou",
            "sunshine1",
            "football",
            "trustno1",
            "letmein1",
            "welcome1",
            "superman",
            "starwars",
            "princess",
            "baseball1",
            "summer2024",
            "!Welcome1",
            "admin123",
            "testtest",
            "qwer1234",
            "asdf1234",
            "1234qwer",
            "987654321",
            "monkey12",
            "passwords",
            "21122112",
            "비밀번호1234",
            "hotdeal1",
            "liverpoo",
            "blink182",
            "Paradise1!",
            "qweasdzxc",
            "147258369",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn the_list_is_in_order_and_holds_nothing_in_vain() {
        assert!(LISTED.is_sorted() && LISTED.len() > 2_000);
        for word in LISTED.iter() {
            assert!(word.chars().count() >= crate::auth::PASSWORD_MIN, "{word}");
            assert_eq!(word.to_lowercase(), *word);
            assert!(is_common(word), "{word}");
        }
    }

    #[test]
    fn what_few_think_of_is_taken() {
        for password in [
            "a long enough password",
            "correct horse battery staple",
            "another long password",
            "Rush-8f3a91-77bc02!",
            "mY-d0g-ate-it",
            "seven small boats",
            "kqTz83!vLw",
            "password manager of my aunt",
            "a-password-nobody-else-has-7261",
            "우리집강아지는복슬강아지",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }
}
