//! Weekends and public holidays of countries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jiff::civil::Date;

use super::calendar::Calendar;

/// Made by `data/days_off.py`; `data/README.md` tells the form.
static HOLIDAYS: &str = include_str!("../../data/holidays.txt");

/// When people work in countries. Holidays of parts of a country are not in the table; of a country that is not, only Saturdays and Sundays are known.
#[derive(Debug)]
pub struct WorkingDays {
    first_year: i16,
}

/// When people work in a country.
#[derive(Debug)]
pub struct Country {
    /// Its weekdays but for its holidays.
    pub working: Calendar,
    /// All days but its holidays: for a place that has weekdays of its own.
    pub holidays: Calendar,
}

/// A country's line of the table, and the first of the three years for which it was read last, with what was read.
struct Line {
    text: &'static str,
    read: Mutex<Option<(i16, Arc<Country>)>>,
}

/// The table, by the codes of countries. What it says never changes while a process lives, so each line is read once for all orders of a year.
static LINES: LazyLock<BTreeMap<&'static str, Line>> = LazyLock::new(|| {
    let line = |text: &'static str| Some((text.get(..2)?, Line { text, read: Mutex::default() }));
    HOLIDAYS.lines().filter_map(line).collect()
});

static WEEKENDS_ALONE: LazyLock<Arc<Country>> = LazyLock::new(|| Arc::new(Country::of(Calendar::weekdays_but([]))));

impl WorkingDays {
    /// For what happens from this day on, within a year.
    pub fn from(day: Date) -> Self {
        // What is yesterday in one zone may be last year.
        Self { first_year: day.yesterday().unwrap_or(day).year() }
    }

    /// When people work in a country.
    pub fn of(&self, country: &str) -> Arc<Country> {
        let read = LINES.get(country).and_then(|line| line.from(self.first_year));
        read.unwrap_or_else(|| WEEKENDS_ALONE.clone())
    }
}

impl Line {
    fn from(&self, first_year: i16) -> Option<Arc<Country>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((year, country)) = &*read
            && *year == first_year
        {
            return Some(country.clone());
        }
        let country = Arc::new(Country::of(calendar_of(self.text, first_year)?));
        *read = Some((first_year, country.clone()));
        Some(country)
    }
}

impl Country {
    fn of(working: Calendar) -> Self {
        let holidays = Calendar { weekdays: (1..=7).collect(), closed: working.closed.clone() };
        Self { working, holidays }
    }
}

/// `DE 67 0101 1225|26 0403 0406|27 0326`: the weekend, the days off in every year, then year by year. Three years are read.
fn calendar_of(line: &str, first_year: i16) -> Option<Calendar> {
    let mut years = line.get(3..)?.split('|');
    let mut words = years.next()?.split(' ');
    let weekend = words.next()?;
    let weekdays = (1..=7).filter(|day| !weekend.contains(&day.to_string())).collect();
    let wanted = first_year..=first_year.checked_add(2)?;
    let mut closed: BTreeSet<Date> = words.flat_map(|word| wanted.clone().filter_map(move |year| day_of(year, word))).collect();
    for year in years {
        let mut words = year.split(' ');
        let number = 2000_i16.checked_add(words.next()?.parse().ok()?)?;
        if wanted.contains(&number) {
            closed.extend(words.filter_map(|word| day_of(number, word)));
        }
    }
    Some(Calendar { weekdays, closed })
}

/// `1225` in a year.
fn day_of(year: i16, word: &str) -> Option<Date> {
    Date::new(year, word.get(..2)?.parse().ok()?, word.get(2..)?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_line_of_the_table_can_be_read_and_is_of_a_country_of_its_own() {
        let countries: Vec<&str> = HOLIDAYS.lines().map(|line| &line[..2]).collect();
        assert!(countries.len() >= 60, "{}", countries.len());
        assert!(countries.is_sorted_by(|a, b| a < b));
        for (country, line) in countries.into_iter().zip(HOLIDAYS.lines()) {
            for year in [2026, 2029, 2030] {
                let calendar = calendar_of(line, year).unwrap_or_else(|| panic!("{country} cannot be read"));
                assert!((4..7).contains(&calendar.weekdays.len()), "{country}");
                for year in year..=year + 2 {
                    let found = calendar.closed.iter().filter(|day| day.year() == year).count();
                    // Ukraine has had none since 2022: they are off under martial law.
                    assert!(found < 60 && (found > 0 || country == "UA"), "{country} has {found} holidays in {year}");
                }
            }
        }
    }

    #[test]
    fn holidays_are_those_of_the_country() {
        let working = WorkingDays::from(date(2026, 1, 1));
        for (country, day, works) in [
            ("DE", date(2026, 12, 25), false),
            ("DE", date(2026, 12, 24), true),
            ("DE", date(2027, 3, 29), false),
            ("FR", date(2027, 7, 14), false),
            ("DE", date(2027, 7, 14), true),
            ("US", date(2026, 11, 26), false),
            ("JP", date(2026, 11, 23), false),
            ("GB", date(2026, 12, 28), false),
            // Friday and Saturday are Kuwait's weekend, Sunday is not.
            ("KW", date(2026, 11, 27), false),
            ("KW", date(2026, 11, 29), true),
            ("DE", date(2026, 11, 29), false),
            // Not in the table: only weekends are known.
            ("AQ", date(2026, 12, 25), true),
        ] {
            assert_eq!(working.of(country).working.is_open(day), works, "{country} {day}");
        }
    }
}
