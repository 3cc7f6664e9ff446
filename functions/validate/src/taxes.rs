//! Which rates of tax hold at the destination.

use jiff::civil::Date;
use oms_contract::reference::TaxRate;
use oms_domain::area::Locality;

/// Why there is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRate<'a> {
    /// The marketplace has no rate of the country at all: it does not sell there.
    OfCountry,
    /// It has rates of the country, and this area lacks one.
    OfArea(&'a str),
}

/// The rates of the narrowest area around the destination that has any.
///
/// That area decides for every category: what it has no rate of is missing, for a wider area's rate would be another law's. So is everything where the destination
/// lies in a part of its country that is [taxed apart](Locality::taxed_apart), and the table knows only the country.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taxes<'a> {
    rows: &'a [TaxRate],
    area: Result<&'a str, NoRate<'a>>,
}

impl<'a> Taxes<'a> {
    /// Out of the rates of the destination's country, as the country writes the place ([`Locality::at_home`]).
    pub(crate) fn at(there: Locality<'_>, rows: &'a [TaxRate]) -> Self {
        let there = there.at_home();
        let around = rows.iter().map(|row| &row.area).filter(|area| there.lies_in(area));
        let area = match (around.max_by_key(|area| area.narrowness()), there.taxed_apart()) {
            (None, _) => Err(NoRate::OfCountry),
            (Some(area), Some(part)) if area.locality().taxed_apart() != Some(part) => Err(NoRate::OfArea(part)),
            (Some(area), _) => Ok(area.0.as_str()),
        };
        Self { rows, area }
    }

    /// The rate of a category on a day: of several that are in force the latest.
    pub(crate) fn rate(&self, category: &str, day: Date) -> Result<&'a TaxRate, NoRate<'a>> {
        let area = self.area?;
        let is_in_force = |row: &TaxRate| row.valid_from <= day && row.valid_to.is_none_or(|last| day <= last);
        let rows = self.rows.iter().filter(|row| row.area.0 == area && row.category == category && is_in_force(row));
        rows.max_by_key(|row| row.valid_from).ok_or(NoRate::OfArea(area))
    }
}
