//! What must hold of a row beyond its shape.

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Benefit, Coupon, GiftCard, Promotion, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::sale::Area;
use oms_contract::reference::{Customer, Market, Product, RateCard, References, TaxRate, Vendor, Warehouse, WeightStep, Zone};
use oms_domain::territory;
use rust_decimal::Decimal;

/// What is wrong with a row: path and message.
#[derive(Default)]
pub(crate) struct Wrong(pub(crate) Vec<(String, String)>);

/// Something that has rules.
pub(crate) trait Rules {
    /// Notes what is wrong with it.
    fn check(&self, wrong: &mut Wrong);
}

impl Wrong {
    fn unless(&mut self, holds: bool, at: impl Into<String>, message: &str) {
        if !holds {
            self.0.push((at.into(), message.to_owned()));
        }
    }

    fn named(&mut self, at: &str, text: &str) {
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        self.unless(fits, at, "must be 1 to 200 characters without control characters");
    }

    fn amount(&mut self, at: impl Into<String>, amount: i64) {
        self.unless(amount >= 0, at, "must be zero or more minor units");
    }

    fn share(&mut self, at: impl Into<String>, share: Decimal) {
        self.unless((Decimal::ZERO..=Decimal::ONE).contains(&share), at, "must be 0 to 1: 0.19 for 19 %");
    }

    fn at_least_one(&mut self, at: &str, number: u32) {
        self.unless(number >= 1, at, "must be at least 1");
    }

    fn country(&mut self, at: impl Into<String>, code: &str) {
        let fits = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        self.unless(fits, at, "must be a two-letter ISO 3166-1 code in capitals");
    }

    fn country_or_all(&mut self, at: impl Into<String>, code: &str) {
        if code != "*" {
            self.country(at, code);
        }
    }

    /// `DE`, `ES-CN`, `FR:20`, `ES:35|38`.
    fn area(&mut self, at: impl Into<String>, area: &Area) {
        let (country, rest) = area.0.split_once([':', '-']).map_or((area.0.as_str(), None), |(country, rest)| (country, Some(rest)));
        let fits = country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && rest.is_none_or(|rest| !rest.split('|').any(str::is_empty));
        self.unless(fits, at, "must be a country, a part of one or postcodes of one: DE, ES-CN, FR:20, ES:35|38");
    }

    fn areas(&mut self, at: &str, areas: &[Area]) {
        for (i, area) in areas.iter().enumerate() {
            self.area(format!("{at}[{i}]"), area);
        }
    }

    fn ordered<T: PartialOrd>(&mut self, at: impl Into<String>, first: T, last: Option<T>) {
        self.unless(last.is_none_or(|last| first <= last), at, "must not be before the first day");
    }
}

impl Rules for Product {
    fn check(&self, wrong: &mut Wrong) {
        wrong.named("name", &self.name);
        wrong.named("category", &self.category);
        wrong.named("tax_category", &self.tax_category);
        for (at, number) in [
            ("weight_g", self.weight_g),
            ("length_mm", self.length_mm),
            ("width_mm", self.width_mm),
            ("height_mm", self.height_mm),
            ("min_quantity", self.min_quantity),
            ("pack_size", self.pack_size),
        ] {
            wrong.at_least_one(at, number);
        }
        wrong.unless(self.max_quantity >= self.min_quantity, "max_quantity", "must be at least min_quantity");
        for (currency, price) in &self.prices {
            wrong.amount(format!("prices.{currency}"), *price);
        }
        wrong.areas("sale.only_in", &self.sale.only_in);
        wrong.areas("sale.not_in", &self.sale.not_in);
        if let Some(cap) = self.sale.hoarding {
            wrong.at_least_one("sale.hoarding.days", u32::from(cap.days));
        }
        if let Some(code) = &self.customs.hs_code {
            wrong.unless(
                self.customs.has_code(),
                "customs.hs_code",
                &format!("must be 6 to 10 digits of a chapter from 01 to 97 that there is, is {code:?}"),
            );
        }
        if let Some(origin) = &self.customs.origin {
            wrong.unless(self.customs.has_origin(), "customs.origin", &format!("must be a country of ISO 3166-1, is {origin:?}"));
        }
        wrong.unless(self.hazmat.is_none() || self.hazard_class.is_some(), "hazard_class", "must be given for a UN number");
    }
}

impl Rules for Vendor {
    fn check(&self, wrong: &mut Wrong) {
        wrong.named("name", &self.name);
        wrong.named("email", &self.email);
        wrong.share("performance", self.performance);
        for (currency, least) in &self.min_order {
            wrong.amount(format!("min_order.{currency}"), *least);
        }
        for (i, country) in self.ships_to.iter().enumerate() {
            wrong.country_or_all(format!("ships_to[{i}]"), country);
        }
        wrong.unless(self.on_time.late <= self.on_time.orders, "on_time.late", "must be at most on_time.orders");
        let dated = self.on_time.orders == 0 || self.on_time.as_of.is_some();
        wrong.unless(dated, "on_time.as_of", "must be the last day that these figures are of: without it they count for nothing");
        for (i, licence) in self.licences.iter().enumerate() {
            wrong.areas(&format!("licences[{i}].areas"), &licence.areas);
            wrong.ordered(format!("licences[{i}].valid_to"), licence.valid_from, licence.valid_to);
        }
        for (i, warehouse) in self.warehouses.iter().enumerate() {
            let again = self.warehouses[..i].iter().any(|known| known.warehouse_id == warehouse.warehouse_id);
            wrong.unless(!again, format!("warehouses[{i}].warehouse_id"), "must be unique within the vendor");
            check_warehouse(&format!("warehouses[{i}]"), warehouse, wrong);
        }
    }
}

fn check_warehouse(at: &str, warehouse: &Warehouse, wrong: &mut Wrong) {
    wrong.country(format!("{at}.country"), &warehouse.country);
    wrong.unless((-90.0..=90.0).contains(&warehouse.lat), format!("{at}.lat"), "must be -90 to 90");
    wrong.unless((-180.0..=180.0).contains(&warehouse.lon), format!("{at}.lon"), "must be -180 to 180");
    let days = &warehouse.calendar.weekdays;
    let fit = !days.is_empty() && days.iter().all(|day| (1..=7).contains(day));
    wrong.unless(fit, format!("{at}.calendar.weekdays"), "must be one or more of 1 (Monday) to 7 (Sunday)");
}

impl Rules for Customer {
    fn check(&self, wrong: &mut Wrong) {
        wrong.country("country", &self.country);
        if let Some(credit) = self.record.credit {
            wrong.amount("record.credit.limit", credit.limit);
            wrong.amount("record.credit.paid", credit.paid);
        }
        for (i, consent) in self.record.consents.iter().enumerate() {
            let ordered = consent.withdrawn_at.is_none_or(|withdrawn| consent.given_at <= withdrawn);
            wrong.unless(ordered, format!("record.consents[{i}].withdrawn_at"), "must not be before given_at");
        }
    }
}

fn check_grant(at: &str, grant: &Promotion, wrong: &mut Wrong) {
    wrong.named(&format!("{at}id"), &grant.id);
    wrong.unless(grant.from < grant.until, format!("{at}until"), "must be after from");
    wrong.amount(format!("{at}min_spend"), grant.min_spend);
    match grant.benefit {
        Benefit::Percentage { rate, cap } => {
            wrong.share(format!("{at}benefit.rate"), rate);
            wrong.amount(format!("{at}benefit.cap"), cap.unwrap_or(0));
        }
        Benefit::Amount { amount } => wrong.amount(format!("{at}benefit.amount"), amount),
        Benefit::FreeShipping => {}
    }
}

impl Rules for Coupon {
    fn check(&self, wrong: &mut Wrong) {
        check_grant("", &self.grants, wrong);
        let id = &self.grants.id;
        wrong.unless(*id == id.to_uppercase() && id.chars().count() <= 40, "id", "must be at most 40 characters, in capitals");
    }
}

impl Rules for Promotions {
    fn check(&self, wrong: &mut Wrong) {
        for (i, promotion) in self.promotions.iter().enumerate() {
            check_grant(&format!("promotions[{i}]."), promotion, wrong);
            let again = self.promotions[..i].iter().any(|known| known.id == promotion.id);
            wrong.unless(!again, format!("promotions[{i}].id"), "must be unique");
        }
        wrong.share("cap", self.cap.unwrap_or(Decimal::ZERO));
        for (currency, value) in &self.point_value {
            wrong.unless(*value >= Decimal::ZERO, format!("point_value.{currency}"), "must be zero or more minor units");
        }
    }
}

impl Rules for GiftCard {
    fn check(&self, wrong: &mut Wrong) {
        let fits = (8..=40).contains(&self.card.chars().count());
        wrong.unless(fits, "card", "must be 8 to 40 characters, for shorter ones are guessed");
        wrong.amount("value", self.value);
    }
}

impl Rules for Regulations {
    fn check(&self, wrong: &mut Wrong) {
        for (class, rules) in &self.goods {
            for (i, rule) in rules.iter().enumerate() {
                wrong.area(format!("goods.{class}[{i}].area"), &rule.area);
            }
        }
        for (i, rule) in self.certificates.iter().enumerate() {
            wrong.area(format!("certificates[{i}].area"), &rule.area);
        }
        for (i, rule) in self.trade.iter().enumerate() {
            wrong.area(format!("trade[{i}].to"), &rule.to);
            if let Some(from) = &rule.from {
                wrong.area(format!("trade[{i}].from"), from);
            }
            let digits = |prefix: &String| !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
            wrong.unless(rule.hs_prefixes.iter().all(digits), format!("trade[{i}].hs_prefixes"), "must be digits");
        }
        for (i, rule) in self.customs.iter().enumerate() {
            wrong.area(format!("customs[{i}].area"), &rule.area);
            for (at, limit) in [("up_to", rule.up_to), ("above", rule.above)] {
                wrong.amount(format!("customs[{i}].{at}.amount"), limit.map_or(0, |limit| limit.amount));
            }
        }
        for (i, rule) in self.hazmat.iter().enumerate() {
            if let Some(known) = self.hazmat[..i].iter().position(|known| known.un_number == rule.un_number) {
                let message = format!("must not be that of hazmat[{known}]: of UN {:04} one rule counts", rule.un_number);
                wrong.unless(false, format!("hazmat[{i}].un_number"), &message);
            }
        }
        for country in self.methods_refused.keys() {
            wrong.country(format!("methods_refused.{country}"), country);
        }
    }
}

impl Rules for Watchlists {
    fn check(&self, wrong: &mut Wrong) {
        for (i, email) in self.emails.iter().enumerate() {
            let fits = email.contains('@') && *email == email.to_lowercase();
            wrong.unless(fits, format!("emails[{i}]"), "must be an e-mail address in small letters");
        }
        for (i, phone) in self.phones.iter().enumerate() {
            let fits = phone.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
            wrong.unless(fits, format!("phones[{i}]"), "must be E.164: + and digits");
        }
        for (i, address) in self.addresses.iter().enumerate() {
            wrong.unless(address.split('|').count() == 3, format!("addresses[{i}]"), "must be country|postcode|street and number");
        }
    }
}

impl Rules for TaxRate {
    fn check(&self, wrong: &mut Wrong) {
        wrong.area("area", &self.area);
        let country = self.country();
        let home = territory::home(country);
        wrong.unless(country != "EU", "area", "must be in one country: no tax is the Union's");
        // Rates are looked up in the country's own table, under the name that it gives the place.
        wrong.unless(home == country, "area", &format!("must be written as a part of {home}: postcodes of it, as in FR:974 for RE"));
        wrong.named("category", &self.category);
        wrong.share("rate", self.rate);
        wrong.ordered("valid_to", self.valid_from, self.valid_to);
    }
}

impl Rules for RateCard {
    fn check(&self, wrong: &mut Wrong) {
        wrong.named("carrier", &self.carrier);
        wrong.at_least_one("volumetric_divisor", self.volumetric_divisor);
        wrong.areas("service_rules.not_in", &self.service_rules.not_in);
        wrong.share("surcharges.fuel", self.surcharges.fuel);
        for (i, area) in self.surcharges.remote_areas.iter().enumerate() {
            wrong.country(format!("surcharges.remote_areas[{i}].country"), &area.country);
        }
        for (i, zone) in self.zones.iter().enumerate() {
            let at = |field: &str| format!("zones[{i}].{field}");
            wrong.country_or_all(at("from"), &zone.from);
            wrong.country_or_all(at("to"), &zone.to);
            wrong.share(at("reliability"), zone.reliability);
            let table = &zone.table;
            let amounts =
                [("base", zone.base), ("per_kg", zone.per_kg), ("table.remote", table.remote), ("table.oversize", table.oversize)];
            for (field, amount) in amounts {
                wrong.amount(at(field), amount);
            }
            check_steps(&at("table.steps"), &table.steps, wrong);
            let relation = |zone: &Zone| (zone.from.clone(), zone.to.clone(), zone.max_km);
            if let Some(known) = self.zones[..i].iter().position(|known| relation(known) == relation(zone)) {
                let Zone { from, to, max_km, .. } = zone;
                wrong.unless(
                    false,
                    at("max_km"),
                    &format!("must not be that of zones[{known}], which is of {from} to {to} up to {max_km} km as well"),
                );
            }
        }
    }
}

/// Each step reaches further than the one before: else one of the two is never charged.
fn check_steps(at: &str, steps: &[WeightStep], wrong: &mut Wrong) {
    for (i, step) in steps.iter().enumerate() {
        wrong.amount(format!("{at}[{i}].price"), step.price);
        wrong.at_least_one(&format!("{at}[{i}].up_to_g"), step.up_to_g);
    }
    for (i, pair) in steps.windows(2).enumerate() {
        let message = format!("must be more than the {} of the step before", pair[0].up_to_g);
        wrong.unless(pair[0].up_to_g < pair[1].up_to_g, format!("{at}[{}].up_to_g", i + 1), &message);
    }
}

impl Rules for Market {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless(!self.currencies.is_empty(), "currencies", "must name at least one");
        for (currency, least) in &self.min_order {
            wrong.amount(format!("min_order.{currency}"), *least);
        }
        for (currency, rate) in &self.fx_to_eur {
            wrong.unless(*rate > Decimal::ZERO, format!("fx_to_eur.{currency}"), "must be more than zero");
        }
        for currency in self.currencies.iter().filter(|currency| !self.fx_to_eur.contains_key(currency)) {
            wrong.unless(false, format!("fx_to_eur.{currency}"), "must be given: orders are taken in it");
        }
        for (i, country) in self.high_risk_countries.iter().enumerate() {
            wrong.country(format!("high_risk_countries[{i}]"), country);
        }
        let weights = [("time", self.weights.time), ("cost", self.weights.cost), ("performance", self.weights.performance)];
        for (name, weight) in weights {
            wrong.share(format!("weights.{name}"), weight);
        }
        let sum: Option<Decimal> = weights.iter().try_fold(Decimal::ZERO, |sum, (_, weight)| sum.checked_add(*weight));
        wrong.unless(sum == Some(Decimal::ONE), "weights", "must sum to 1");
        if let Some(hours) = self.references.hours {
            let most = References::MOST_HOURS;
            wrong.unless((1..=most).contains(&hours), "references.hours", &format!("must be 1 to {most}"));
        }
        for (currency, cost) in &self.references.costs {
            let most = References::MOST_COST;
            wrong.unless((1..=most).contains(cost), format!("references.costs.{currency}"), &format!("must be 1 to {most} minor units"));
        }
        let hours = &self.business_hours;
        wrong.unless(hours.from < hours.to, "business_hours.to", "must be after from");
        let days = !hours.days.is_empty() && hours.days.iter().all(|day| (1..=7).contains(day));
        wrong.unless(days, "business_hours.days", "must be one or more of 1 (Monday) to 7 (Sunday)");
        wrong.share("policy.on_time_floor", self.policy.on_time_floor);
        wrong.share("policy.on_time_prior", self.policy.on_time_prior);
    }
}
