//! Which characters are visible. Invisible ones make two names or addresses differ that look the
//! same to every reader.

use unicode_properties::{GeneralCategoryGroup, UnicodeEmoji as _, UnicodeGeneralCategory as _};

/// Invisible characters, as ranges: controls, and what Unicode calls `Default_Ignorable_Code_Point`
/// or a format character, except the signs of scripts; and signs drawn as nothing (empty Braille, a
/// musical notehead, a filler of Khitan).
pub(crate) const UNSEEN: [(char, char); 22] = [
    ('\u{0}', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{16fe4}', '\u{16fe4}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];
/// Joins several emoji into one, such as a family.
const JOINER: char = '\u{200d}';
/// Asks for a sign to be shown as an emoji.
const AS_PICTURE: char = '\u{fe0f}';

fn is_unseen(c: char) -> bool {
    UNSEEN.iter().any(|&(first, last)| (first..=last).contains(&c))
}

/// Whether all of a name is visible. A joiner or selector is allowed behind an emoji.
pub(crate) fn is_name(name: &str) -> bool {
    let mut before = None;
    name.chars().all(|c| {
        let is_of_picture = matches!(c, JOINER | AS_PICTURE) && before.is_some_and(is_picture);
        before = Some(c);
        is_of_picture || !is_unseen(c)
    })
}

fn is_picture(c: char) -> bool {
    c == AS_PICTURE || (!c.is_ascii() && c.is_emoji_char())
}

/// Whether a character is visible and may be in an e-mail address.
pub(crate) fn is_letter_of_address(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark, Number, Symbol};
    let is_shown =
        || matches!(c.general_category_group(), Letter | Mark | Number | Symbol) && !is_unseen(c);
    c.is_ascii_graphic() || is_shown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_what_can_be_seen() {
        for good in [
            "김하나",
            "Zoë O\u{2019}Neil",
            "e\u{301}",
            "👨\u{200d}👩\u{200d}👧",
            "Kim ❤\u{fe0f}",
            "ﷺ",
        ] {
            assert!(is_name(good), "{good:?}");
        }
        for bad in [
            "Kim\u{200b}",
            "\u{202e}miK",
            "Ki\u{200d}m",
            "\u{fe0f}",
            "a\tb",
            "\u{3164}",
            "\u{2800}",
            "Kim\u{1d159}",
            "Kim\u{16fe4}",
            "K\u{e0041}",
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
