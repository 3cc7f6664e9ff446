//! The packing slip around a label on A4: what is in the parcel, and how it goes back.

use super::canvas::{Canvas, bold, plain};

/// From the paper's edge to the label: within what office printers reach.
pub(super) const MARGIN: f32 = 24.0;

/// Right of the label, and below it.
const SIDE: f32 = MARGIN + 288.0 + 18.0;
const BELOW: f32 = MARGIN + 432.0 + 30.0;
const ROW: f32 = 14.0;
/// Rows that fit below the label.
const ROWS: usize = 21;

/// What the slip says. No prices: a parcel may be a present.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slip {
    /// The number that people read.
    pub order: String,
    /// Which part of it.
    pub part: u8,
    /// SKU and quantity of what was ordered of this vendor.
    pub items: Vec<(String, u32)>,
    /// How goods go back, sentence by sentence.
    pub returns: Vec<String>,
}

/// Draws it.
pub(super) fn draw(canvas: &mut Canvas, slip: &Slip) {
    let room = 595.0 - SIDE - MARGIN;
    canvas.text(bold("Packing slip", 16.0), SIDE, MARGIN + 22.0, room);
    canvas.text(plain(&format!("Order {}", slip.order), 10.0), SIDE, MARGIN + 42.0, room);
    canvas.text(plain(&format!("Part {}", slip.part), 10.0), SIDE, MARGIN + 56.0, room);
    canvas.text(bold("Returns", 10.0), SIDE, MARGIN + 86.0, room);
    for (line, i) in slip.returns.iter().take(12).zip(0_u8..) {
        canvas.text(plain(line, 8.5), SIDE, MARGIN + 100.0 + f32::from(i) * 12.0, room);
    }
    let whole = 595.0 - 2.0 * MARGIN;
    canvas.text(bold("Quantity", 9.0), MARGIN, BELOW, 60.0);
    canvas.text(bold("Item", 9.0), MARGIN + 70.0, BELOW, whole - 70.0);
    canvas.rule(MARGIN, BELOW + 4.0, whole);
    let shown = if slip.items.len() > ROWS { ROWS - 1 } else { slip.items.len() };
    let mut y = BELOW + ROW + 4.0;
    for (sku, quantity) in &slip.items[..shown] {
        canvas.text(plain(&quantity.to_string(), 9.0), MARGIN, y, 60.0);
        canvas.text(plain(sku, 9.0), MARGIN + 70.0, y, whole - 70.0);
        y += ROW;
    }
    if shown < slip.items.len() {
        let rest = format!("and {} more: see the order", slip.items.len() - shown);
        canvas.text(plain(&rest, 9.0), MARGIN + 70.0, y, whole - 70.0);
    }
}
