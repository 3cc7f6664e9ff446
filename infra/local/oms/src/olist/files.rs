//! The files of the public Olist schema, read as loosely as real exports need: with or without byte order mark, quoted line breaks,
//! empty rows, missing trailing columns. What cannot be read is counted, never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {path}")]
pub struct FilesError {
    /// Which file of it.
    pub path: PathBuf,
    /// The reason.
    #[source]
    cause: csv::Error,
}

/// An order as exported. Times are local to Brazil, without zone; any may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OrderRow {
    pub order_id: String,
    pub customer_id: String,
    pub order_status: String,
    pub order_purchase_timestamp: String,
    pub order_approved_at: String,
    pub order_delivered_carrier_date: String,
    pub order_delivered_customer_date: String,
}

/// One unit of one product. Amounts in BRL with a decimal point.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ItemRow {
    pub order_id: String,
    pub product_id: String,
    pub seller_id: String,
    pub price: String,
    pub freight_value: String,
}

/// One payment of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PaymentRow {
    pub order_id: String,
    pub payment_type: String,
    pub payment_value: String,
}

/// A customer of one order; `customer_unique_id` is the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CustomerRow {
    pub customer_id: String,
    pub customer_unique_id: String,
    pub customer_zip_code_prefix: String,
    pub customer_city: String,
    pub customer_state: String,
}

/// A product. Weight in grams, sizes in centimetres; `lenght` is the set's own spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProductRow {
    pub product_id: String,
    pub product_category_name: String,
    pub product_weight_g: String,
    #[serde(alias = "product_lenght_cm")]
    pub product_length_cm: String,
    pub product_height_cm: String,
    pub product_width_cm: String,
}

/// A seller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SellerRow {
    pub seller_id: String,
    pub seller_zip_code_prefix: String,
    pub seller_city: String,
    pub seller_state: String,
}

/// A folder, grouped by order.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// In the order of the file, each id once.
    pub orders: Vec<OrderRow>,
    pub items: BTreeMap<String, Vec<ItemRow>>,
    pub payments: BTreeMap<String, Vec<PaymentRow>>,
    pub customers: BTreeMap<String, CustomerRow>,
    /// Empty where the folder has no such file.
    pub products: BTreeMap<String, ProductRow>,
    /// Empty where the folder has no such file.
    pub sellers: BTreeMap<String, SellerRow>,
    /// Rows left out, by file and why.
    pub skipped: BTreeMap<String, usize>,
}

impl Files {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where one of the four files that every order needs is absent or not CSV with these columns.
    pub fn read(folder: &Path) -> Result<Self, FilesError> {
        let open = |name: &str| File::open(folder.join(name)).map(BufReader::new);
        Self::of(open).map_err(|error| FilesError { path: folder.join(&error.path), ..error })
    }

    /// Reads the files that `open` gives by name.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of<R: Read>(open: impl Fn(&str) -> std::io::Result<R>) -> Result<Self, FilesError> {
        let mut files = Self::default();
        let orders: Vec<OrderRow> = files.rows(&open, "olist_orders_dataset.csv", "order_id")?;
        let items: Vec<ItemRow> = files.rows(&open, "olist_order_items_dataset.csv", "order_id")?;
        let payments: Vec<PaymentRow> = files.rows(&open, "olist_order_payments_dataset.csv", "order_id")?;
        let customers: Vec<CustomerRow> = files.rows(&open, "olist_customers_dataset.csv", "customer_id")?;
        let products: Vec<ProductRow> = files.optional(&open, "olist_products_dataset.csv", "product_id")?;
        let sellers: Vec<SellerRow> = files.optional(&open, "olist_sellers_dataset.csv", "seller_id")?;

        let mut seen = BTreeSet::new();
        let all = orders.len();
        files.orders = orders.into_iter().filter(|order| seen.insert(order.order_id.clone())).collect();
        files.skip("olist_orders_dataset.csv: the order came before", all - files.orders.len());
        for item in items {
            files.items.entry(item.order_id.clone()).or_default().push(item);
        }
        for payment in payments {
            files.payments.entry(payment.order_id.clone()).or_default().push(payment);
        }
        files.customers = customers.into_iter().map(|row| (row.customer_id.clone(), row)).collect();
        files.products = products.into_iter().map(|row| (row.product_id.clone(), row)).collect();
        files.sellers = sellers.into_iter().map(|row| (row.seller_id.clone(), row)).collect();
        Ok(files)
    }

    fn optional<T: DeserializeOwned, R: Read>(
        &mut self,
        open: impl Fn(&str) -> std::io::Result<R>,
        name: &str,
        id: &str,
    ) -> Result<Vec<T>, FilesError> {
        match open(name) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            opened => self.opened(opened, name, id),
        }
    }

    fn rows<T: DeserializeOwned, R: Read>(
        &mut self,
        open: impl Fn(&str) -> std::io::Result<R>,
        name: &str,
        id: &str,
    ) -> Result<Vec<T>, FilesError> {
        self.opened(open(name), name, id)
    }

    fn opened<T: DeserializeOwned, R: Read>(&mut self, file: std::io::Result<R>, name: &str, id: &str) -> Result<Vec<T>, FilesError> {
        let wrong = |cause| FilesError { path: name.into(), cause };
        let (rows, empty, unreadable) = parse(file.map_err(|error| wrong(error.into()))?, id).map_err(wrong)?;
        self.skip(&format!("{name}: no {id}"), empty);
        self.skip(&format!("{name}: unreadable"), unreadable);
        Ok(rows)
    }

    fn skip(&mut self, why: &str, count: usize) {
        if count > 0 {
            *self.skipped.entry(why.to_owned()).or_default() += count;
        }
    }
}

/// Rows of a file, how many had no id, and how many could not be read.
fn parse<T: DeserializeOwned>(mut source: impl Read, id: &str) -> Result<(Vec<T>, usize, usize), csv::Error> {
    let mut start = [0; 3];
    let read = fill(&mut source, &mut start)?;
    let head = start.get(..read).filter(|head| *head != BYTE_ORDER_MARK).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(head.chain(source));
    let headers = reader.headers()?.clone();
    let Some(column) = headers.iter().position(|header| header == id) else {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("there is no column {id}")).into());
    };
    let (mut rows, mut empty, mut unreadable) = (Vec::new(), 0, 0);
    for record in reader.records() {
        match record {
            Ok(record) if record.get(column).unwrap_or_default().is_empty() => empty += 1,
            // A row that is cut short has its missing columns empty.
            Ok(mut record) => {
                (record.len()..headers.len()).for_each(|_| record.push_field(""));
                match record.deserialize(Some(&headers)) {
                    Ok(row) => rows.push(row),
                    Err(_) => unreadable += 1,
                }
            }
            Err(error) if error.is_io_error() => return Err(error),
            Err(_) => unreadable += 1,
        }
    }
    Ok((rows, empty, unreadable))
}

fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &[u8]) -> (Vec<ItemRow>, usize, usize) {
        parse(text, "order_id").unwrap()
    }

    #[test]
    fn marks_quoted_breaks_empty_and_short_rows_are_read() {
        let text = b"\xef\xbb\xbf\"order_id\",product_id,seller_id,price,freight_value\n\
            o1, p1 ,\"s\n1\",10.00,1.50\n,,,,\n\no2,p2\no3,p3,s3,1,2,extra\n";
        let (rows, empty, unreadable) = items(text);
        let ids: Vec<&str> = rows.iter().map(|row| row.order_id.as_str()).collect();
        assert_eq!((ids, empty, unreadable), (vec!["o1", "o2", "o3"], 1, 0));
        assert_eq!((rows[0].product_id.as_str(), rows[0].seller_id.as_str(), rows[0].price.as_str()), ("p1", "s\n1", "10.00"));
        assert_eq!(rows[1].price, "");
    }

    #[test]
    fn a_row_that_is_no_text_is_counted() {
        let (rows, empty, unreadable) = items(b"order_id,price\no1,\xff\xfe\no2,1\n");
        assert_eq!((rows.len(), empty, unreadable), (1, 0, 1));
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        assert!(parse::<ItemRow>(&b"a,b\n1,2\n"[..], "order_id").is_err());
        assert!(parse::<ItemRow>(&b""[..], "order_id").is_err());
    }
}
