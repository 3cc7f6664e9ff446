//! When goods leave and arrive, and when a person is old enough.
//!
//! Handling takes hours as the clock runs, from the order or, where it came after the cut-off or on a day off, from the beginning of the next working day; both
//! are the warehouse's own time, whatever its clocks do that night. What is ready leaves on the next day that the warehouse works. From then on days
//! count on which both ends work, as many as the carrier's hours make, and what arrives is delivered on a working day of the destination.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use oms_contract::reference::Warehouse;
use oms_contract::reference::sale::{MonthDay, Season};
use oms_domain::shipping::Calendar;
use oms_domain::shipping::calendar::{after_open_days, first_open};

/// Made by `data/days_off.py`; `data/README.md` tells the form.
static HOLIDAYS: &str = include_str!("../data/holidays.txt");

/// When goods leave the warehouse and arrive, each in that place's own calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The day of the order, where the goods lie.
    pub ordered_on: Date,
    /// The carrier takes them.
    pub leaves_on: Date,
    /// They are at the door.
    pub arrives_on: Date,
    /// Days of the calendar from the order to the door.
    pub days: i32,
    /// Working days of the warehouse from the order's to that of the hand-over, both counted; at least 1.
    pub working_days: u32,
}

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

/// Goods on their way out of a warehouse.
#[derive(Debug, Clone)]
pub struct Journey {
    ordered_on: Date,
    leaves_on: Date,
    working_days: u32,
    /// The warehouse's own days.
    own: Calendar,
    /// Where it lies.
    origin: Arc<Country>,
}

impl Journey {
    /// Reckons the hand-over of what is ordered at this moment; `None` where the warehouse never works.
    pub fn from(warehouse: &Warehouse, ordered_at: Timestamp, working: &WorkingDays) -> Option<Self> {
        let rules = &warehouse.calendar;
        let origin = working.of(&warehouse.country);
        let own = Calendar { weekdays: rules.weekdays.clone(), closed: rules.closed.iter().copied().collect() };
        let calendars = [&own, &origin.holidays];
        let ordered = ordered_at.to_zoned(rules.zone.clone());
        let ordered_on = ordered.date();
        let in_time = rules.cut_off.is_none_or(|cut_off| ordered.time() <= cut_off);
        let begins_at = if in_time && is_open(ordered_on, calendars) {
            ordered_at
        } else {
            first_open(ordered_on.tomorrow().ok()?, &calendars)?.to_zoned(rules.zone.clone()).ok()?.timestamp()
        };
        let handling = SignedDuration::from_hours(i64::from(warehouse.handling_hours));
        let ready_on = begins_at.checked_add(handling).ok()?.to_zoned(rules.zone.clone()).date();
        let leaves_on = first_open(ready_on, &calendars)?;
        let days = std::iter::successors(Some(ordered_on), |day| day.tomorrow().ok()).take_while(|day| *day <= leaves_on);
        let working_days = u32::try_from(days.filter(|day| is_open(*day, calendars)).count()).ok()?.max(1);
        Some(Self { ordered_on, leaves_on, working_days, own, origin })
    }

    /// When they arrive with a carrier that takes so many working days; `None` where the two ends never work on one day.
    pub fn to(&self, country: &Country, transit_days: u16) -> Option<Dates> {
        let destination = &country.working;
        let counted = after_open_days(self.leaves_on, transit_days, &[&self.own, &self.origin.holidays, destination])?;
        // What needs no working day still finds nobody at the door on a holiday there.
        let arrives_on = first_open(counted, &[destination])?;
        Some(Dates {
            ordered_on: self.ordered_on,
            leaves_on: self.leaves_on,
            arrives_on,
            days: (arrives_on - self.ordered_on).get_days(),
            working_days: self.working_days,
        })
    }
}

fn is_open(day: Date, calendars: [&Calendar; 2]) -> bool {
    calendars.iter().all(|calendar| calendar.is_open(day))
}

/// Whether a day lies in a season, both ends included.
pub fn in_season(season: &Season, day: Date) -> bool {
    let (from, to) = (in_year_of(season.from, day), in_year_of(season.to, day));
    let day = (day.month(), day.day());
    if from <= to { from <= day && day <= to } else { from <= day || day <= to }
}

/// 29 February is the last of February where the year has none.
fn in_year_of(day: MonthDay, year: Date) -> (i8, i8) {
    if (day.month, day.day) == (2, 29) && !year.in_leap_year() { (2, 28) } else { (day.month, day.day) }
}

/// Years that somebody born on a day has completed on another. Who was born on 29 February completes a year on 1 March where there is no such day: the
/// later of the two customs (in Germany §§ 187 (2), 188 (2) BGB), so that nobody is taken for older than some law has it.
pub fn age_on(born: Date, day: Date) -> i16 {
    let had_birthday = (born.month(), born.day()) <= (day.month(), day.day());
    day.year() - born.year() - i16::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn warehouse(zone: &str, cut_off: &str, handling_hours: u32) -> Warehouse {
        let text = format!(
            r#"{{"warehouse_id":"w1","country":"DE","postcode":"10115","city":"Berlin","lat":52.5,"lon":13.4,"handling_hours":{handling_hours},
               "calendar":{{"zone":"{zone}","cut_off":"{cut_off}","weekdays":[1,2,3,4,5]}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn dates(from: &Warehouse, ordered_at: &str, to: &str, days: u16) -> (Date, Date) {
        let ordered_at: Timestamp = ordered_at.parse().unwrap();
        let working = WorkingDays::from(ordered_at.to_zoned(TimeZone::UTC).date());
        let journey = Journey::from(from, ordered_at, &working).unwrap();
        let dates = journey.to(&working.of(to), days).unwrap();
        (dates.leaves_on, dates.arrives_on)
    }

    #[test]
    fn every_line_of_the_table_can_be_read_and_is_of_a_country_of_its_own() {
        let countries: Vec<&str> = HOLIDAYS.lines().map(|line| &line[..2]).collect();
        assert!(countries.len() >= 60, "{}", countries.len());
        assert!(countries.is_sorted_by(|a, b| a < b));
        for country in countries {
            for year in [2026, 2029, 2030] {
                let calendar = calendar_of(LINES[country].text, year).unwrap_or_else(|| panic!("{country} cannot be read"));
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

    #[test]
    fn orders_of_different_years_see_the_holidays_of_their_own() {
        for year in [2026, 2030, 2026] {
            let working = WorkingDays::from(date(year, 1, 2));
            let new_year =
                |year| !working.of("DE").working.is_open(date(year, 1, 1)) && !working.of("DE").holidays.is_open(date(year, 1, 1));
            // Three years are read from that of the order on.
            assert!(new_year(year) && new_year(year + 1), "{year}");
            assert!(working.of("DE").holidays.is_open(date(year + 4, 1, 1)), "{year}");
        }
    }

    #[test]
    fn the_cut_off_is_the_warehouses_own_time_in_summer_and_winter() {
        let berlin = warehouse("Europe/Berlin", "16:00:00", 0);
        for (ordered_at, leaves_on) in [
            ("2026-11-23T15:00:00Z", date(2026, 11, 23)),
            ("2026-11-23T15:00:01Z", date(2026, 11, 24)),
            ("2026-06-22T14:00:00Z", date(2026, 6, 22)),
            ("2026-06-22T14:00:01Z", date(2026, 6, 23)),
            ("2026-11-27T15:00:01Z", date(2026, 11, 30)),
        ] {
            assert_eq!(dates(&berlin, ordered_at, "DE", 0).0, leaves_on, "{ordered_at}");
        }
    }

    #[test]
    fn handling_runs_by_the_clock_through_the_night_in_which_clocks_change() {
        // Sunday, 29 March 2026 has 23 hours in Berlin: Friday 23:30 and 48 hours are Monday 00:30, a week before they are Sunday 23:30.
        let every_day = |hours| {
            let mut all = warehouse("Europe/Berlin", "23:59:59", hours);
            all.calendar.weekdays = (1..=7).collect();
            all
        };
        assert_eq!(dates(&every_day(48), "2026-03-27T22:30:00Z", "DE", 0).0, date(2026, 3, 30));
        assert_eq!(dates(&every_day(48), "2026-03-20T22:30:00Z", "DE", 0).0, date(2026, 3, 22));
        // An order in the hour that comes twice (25 October 2026, 02:30) is one of that day, either time.
        for ordered_at in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(dates(&every_day(0), ordered_at, "DE", 0).0, date(2026, 10, 25), "{ordered_at}");
        }
    }

    #[test]
    fn days_off_at_either_end_are_not_counted() {
        let berlin = warehouse("Europe/Berlin", "16:00:00", 0);
        // Thursday the 24th; Friday the 25th is off at both ends, Monday the 28th in Britain: Tuesday and Wednesday count.
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "GB", 2), (date(2026, 12, 24), date(2026, 12, 30)));
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "DE", 2), (date(2026, 12, 24), date(2026, 12, 29)));
        // Ascension Day is a Thursday, and off in Germany alone.
        assert_eq!(dates(&berlin, "2026-05-13T09:00:00Z", "GB", 1), (date(2026, 5, 13), date(2026, 5, 15)));
        // Over the new year, which is off too.
        assert_eq!(dates(&berlin, "2026-12-31T09:00:00Z", "DE", 1), (date(2026, 12, 31), date(2027, 1, 4)));
    }

    #[test]
    fn nothing_leaves_on_a_holiday_of_the_warehouses_country_or_when_it_is_closed_itself() {
        // Christmas Day is a Friday.
        let mut berlin = warehouse("Europe/Berlin", "16:00:00", 0);
        assert_eq!(dates(&berlin, "2026-12-25T09:00:00Z", "DE", 0).0, date(2026, 12, 28));
        berlin.calendar.closed = vec![date(2026, 12, 28), date(2026, 12, 29)];
        assert_eq!(dates(&berlin, "2026-12-25T09:00:00Z", "DE", 0).0, date(2026, 12, 30));
        // What goes on its way takes no day on which the warehouse is closed, but arrives on one.
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "DE", 1), (date(2026, 12, 24), date(2026, 12, 30)));
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "DE", 0), (date(2026, 12, 24), date(2026, 12, 24)));
        // A country where people work on Sundays sets no warehouse to work: its own weekdays count.
        berlin.country = "KW".into();
        assert_eq!(dates(&berlin, "2026-11-27T09:00:00Z", "DE", 0).0, date(2026, 11, 27));
    }

    #[test]
    fn nothing_leaves_a_warehouse_that_never_works() {
        let mut never = warehouse("Europe/Berlin", "16:00:00", 0);
        never.calendar.weekdays.clear();
        let working = WorkingDays::from(date(2026, 11, 23));
        assert!(Journey::from(&never, "2026-11-23T09:00:00Z".parse().unwrap(), &working).is_none());
        assert!(Journey::from(&warehouse("UTC", "16:00:00", u32::MAX), Timestamp::MAX, &working).is_none());
    }

    #[test]
    fn seasons_pass_over_the_new_year_and_end_with_february() {
        let season = |from: &str, to: &str| Season {
            from: MonthDay::try_from(from.to_owned()).unwrap(),
            to: MonthDay::try_from(to.to_owned()).unwrap(),
        };
        for (from, to, day, within) in [
            ("11-15", "01-06", date(2026, 12, 31), true),
            ("11-15", "01-06", date(2027, 1, 6), true),
            ("11-15", "01-06", date(2027, 1, 7), false),
            ("11-15", "01-06", date(2026, 11, 14), false),
            ("05-01", "05-31", date(2026, 5, 31), true),
            ("05-01", "05-31", date(2026, 6, 1), false),
            ("02-01", "02-29", date(2027, 2, 28), true),
            ("02-29", "03-10", date(2027, 2, 28), true),
            ("02-29", "03-10", date(2028, 2, 28), false),
            ("02-29", "03-10", date(2028, 2, 29), true),
        ] {
            assert_eq!(in_season(&season(from, to), day), within, "{from} to {to}: {day}");
        }
    }

    #[test]
    fn a_year_of_age_is_completed_on_the_birthday() {
        for (born, day, age) in [
            (date(2008, 11, 23), date(2026, 11, 23), 18),
            (date(2008, 11, 24), date(2026, 11, 23), 17),
            (date(2008, 2, 29), date(2026, 2, 28), 17),
            (date(2008, 2, 29), date(2026, 3, 1), 18),
            (date(2008, 2, 29), date(2028, 2, 29), 20),
            (date(2008, 2, 28), date(2026, 2, 28), 18),
        ] {
            assert_eq!(age_on(born, day), age, "{born} on {day}");
        }
    }
}
