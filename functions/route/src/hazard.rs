//! Which dangerous goods may share a package.
//!
//! A package is the closest that goods can be, so it may hold two classes only where the IMDG Code asks for no segregation between them at all: where
//! its general table (chapter 7.2, "Segregation table") has an X. ADR has no table for one package; what it forbids to load together on a vehicle (7.5.2) is
//! apart here too. Explosives never share: within class 1 compatibility groups decide, which the catalogue does not know.

/// The classes and divisions of the table, in its order.
const CLASSES: [&str; 17] = ["1.1", "1.3", "1.4", "2.1", "2.2", "2.3", "3", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2", "7", "8", "9"];

/// The table: 1 "away from" to 4 "separated longitudinally by a compartment", 0 where it asks for nothing (X). Class 1 with itself counts as 4, see above. Where
/// editions differ (4.3 with 2.1, 2.3 and 3), the stricter.
#[rustfmt::skip]
const SEGREGATION: [[u8; 17]; 17] = [
    [4, 4, 4, 4, 2, 2, 4, 4, 4, 4, 4, 4, 2, 4, 2, 4, 0],
    [4, 4, 4, 4, 2, 2, 4, 3, 3, 4, 4, 4, 2, 4, 2, 2, 0],
    [4, 4, 4, 2, 1, 1, 2, 2, 2, 2, 2, 2, 0, 4, 2, 2, 0],
    [4, 4, 2, 0, 0, 0, 2, 1, 2, 2, 2, 2, 0, 4, 2, 1, 0],
    [2, 2, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 2, 1, 0, 0],
    [2, 2, 1, 0, 0, 0, 2, 0, 2, 2, 0, 2, 0, 2, 1, 0, 0],
    [4, 4, 2, 2, 1, 2, 0, 0, 2, 2, 2, 2, 0, 3, 2, 0, 0],
    [4, 3, 2, 1, 0, 0, 0, 0, 1, 0, 1, 2, 0, 3, 2, 1, 0],
    [4, 3, 2, 2, 1, 2, 2, 1, 0, 1, 2, 2, 1, 3, 2, 1, 0],
    [4, 4, 2, 2, 0, 2, 2, 0, 1, 0, 2, 2, 0, 2, 2, 1, 0],
    [4, 4, 2, 2, 0, 0, 2, 1, 2, 2, 0, 2, 1, 3, 1, 2, 0],
    [4, 4, 2, 2, 1, 2, 2, 2, 2, 2, 2, 0, 1, 3, 2, 2, 0],
    [2, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0],
    [4, 4, 4, 4, 2, 2, 3, 3, 3, 2, 3, 3, 1, 0, 3, 3, 0],
    [2, 2, 2, 2, 1, 1, 2, 2, 2, 2, 1, 2, 0, 3, 0, 2, 0],
    [4, 2, 2, 1, 0, 0, 0, 1, 1, 1, 2, 2, 0, 3, 2, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

/// Whether goods of these ADR classes may share a package; `None` is goods that are not dangerous.
///
/// Those do not travel with dangerous ones, which would make them part of a dangerous package. A class that is not in the table shares with itself only.
pub fn may_share(a: Option<&str>, b: Option<&str>) -> bool {
    let (a, b) = match (a, b) {
        (None, None) => return true,
        (Some(a), Some(b)) => (a.trim(), b.trim()),
        (None, Some(_)) | (Some(_), None) => return false,
    };
    match (row_of(a), row_of(b)) {
        (Some(a), Some(b)) => SEGREGATION[a][b] == 0,
        _ => a == b,
    }
}

/// The row of a class: 1.2 and 1.5 stand with 1.1, 1.6 with 1.3. `4` alone, without its division, stands nowhere.
fn row_of(class: &str) -> Option<usize> {
    let division = match class {
        "1" | "1.2" | "1.5" => "1.1",
        "1.6" => "1.3",
        other => other,
    };
    CLASSES.iter().position(|known| *known == division)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_symmetric() {
        for (i, row) in SEGREGATION.iter().enumerate() {
            for (j, grade) in row.iter().enumerate() {
                assert_eq!(*grade, SEGREGATION[j][i], "{} with {}", CLASSES[i], CLASSES[j]);
            }
        }
    }

    #[test]
    fn classes_share_a_package_where_nothing_segregates_them() {
        for (a, b, share) in [
            (None, None, true),
            (None, Some("9"), false),
            (Some("3"), Some("3"), true),
            (Some("3"), Some("8"), true),
            (Some("3"), Some("9"), true),
            (Some("3"), Some("5.1"), false),
            (Some("3"), Some("2.1"), false),
            (Some("8"), Some("4.3"), false),
            (Some("2.1"), Some("2.2"), true),
            (Some("1.4"), Some("1.4"), false),
            (Some("1.2"), Some("3"), false),
            (Some("6.2"), Some("6.1"), false),
            (Some("4"), Some("4"), true),
            (Some("4"), Some("4.1"), false),
        ] {
            assert_eq!((may_share(a, b), may_share(b, a)), (share, share), "{a:?} with {b:?}");
        }
    }
}
