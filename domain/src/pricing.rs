//! What an order costs. Replaced as a whole, so that it always adds up.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{Faults, Fields, FromInput, InvalidFields, grouped, read_list};
use crate::money::{Currency, Money, Quantity};
use crate::text::Text;

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// Names the line within its order; unique there. At most 64 characters.
    pub line_id: Text<64>,
    /// The shop's article code. At most 100 characters.
    pub sku: Text<100>,
    /// The article's name as the customer reads it. At most 300 characters.
    pub title: Text<300>,
    /// How many.
    pub quantity: Quantity,
    /// Price of one, in minor units.
    pub unit_price: Money,
}

impl FromInput for LineItem {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let line_id = fields.required("line_id");
        let sku = fields.required("sku");
        let title = fields.required("title");
        let quantity = fields.required("quantity");
        let unit_price = fields.required("unit_price");
        fields.finish();
        Some(Self {
            line_id: line_id?,
            sku: sku?,
            title: title?,
            quantity: quantity?,
            unit_price: unit_price?,
        })
    }
}

/// The parts of a [`Pricing`] before they were found to add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricingParts {
    /// Currency of every amount.
    pub currency: Currency,
    /// 1 to 200 lines, each `line_id` once.
    pub items: Vec<LineItem>,
    /// Taken off the sum of the lines.
    pub discount: Money,
    /// Cost of shipping.
    pub shipping: Money,
    /// Tax; added to the total unless `tax_included`.
    pub tax: Money,
    /// Whether the prices contain the tax already.
    pub tax_included: bool,
    /// What the customer pays.
    pub total: Money,
}

/// What an order costs: `Σ quantity × unit_price − discount + shipping (+ tax, unless
/// included) = total`, each amount within the bounds of [`Money`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pricing(PricingParts);

impl Pricing {
    /// Most lines that an order may have.
    pub const MAX_ITEMS: usize = 200;

    /// Checks that the parts add up.
    ///
    /// # Errors
    /// Names each field at fault, below `pricing`.
    pub fn new(parts: PricingParts) -> Result<Self, InvalidFields> {
        let mut faults = Faults::default();
        let checked = Self::check(parts, "pricing", &mut faults);
        faults.resolve(checked)
    }

    /// The parts, to read or to make another pricing from.
    #[must_use]
    pub fn parts(&self) -> &PricingParts {
        &self.0
    }

    /// Number of pieces over all lines.
    #[must_use]
    pub fn item_count(&self) -> u64 {
        let lines = self.0.items.iter();
        lines.map(|item| u64::from(item.quantity.get())).sum()
    }

    fn check(parts: PricingParts, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut sound = true;
        if !(1..=Self::MAX_ITEMS).contains(&parts.items.len()) {
            faults.add(
                &format!("{path}.items"),
                format!("must hold between 1 and {} entries", Self::MAX_ITEMS),
            );
            sound = false;
        }
        let mut seen = HashSet::new();
        for (index, item) in parts.items.iter().enumerate() {
            if !seen.insert(&item.line_id) {
                faults.add(
                    &format!("{path}.items[{index}].line_id"),
                    "must be unique within the order",
                );
                sound = false;
            }
        }
        sound &= adds_up(&parts, path, faults);
        sound.then_some(Self(parts))
    }
}

/// 200 lines of 10⁶ pieces at less than 2⁵³ stay below 2⁸¹, far inside `i128`: no sum
/// here can overflow, only be found too great.
fn adds_up(parts: &PricingParts, path: &str, faults: &mut Faults) -> bool {
    let amount = |money: Money| i128::from(money.minor_units());
    let lines = parts.items.iter();
    let subtotal: i128 = lines
        .map(|item| i128::from(item.quantity.get()) * amount(item.unit_price))
        .sum();
    if subtotal > i128::from(Money::MAX) {
        faults.add(
            &format!("{path}.items"),
            format!("must add up to at most {}", grouped(Money::MAX)),
        );
        return false;
    }
    let tax_on_top = if parts.tax_included {
        0
    } else {
        amount(parts.tax)
    };
    let expected = subtotal - amount(parts.discount) + amount(parts.shipping) + tax_on_top;
    if expected != amount(parts.total) {
        let tax = if parts.tax_included { "" } else { " + tax" };
        faults.add(
            &format!("{path}.total"),
            format!("must equal items − discount + shipping{tax}, which is {expected}"),
        );
        return false;
    }
    true
}

impl FromInput for Pricing {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let currency = fields.required("currency");
        let items = fields.required::<Lines>("items");
        let discount = fields.optional("discount");
        let shipping = fields.optional("shipping");
        let tax = fields.optional("tax");
        let tax_included = fields.optional("tax_included");
        let total = fields.required("total");
        let faultless = fields.finish();
        let parts = PricingParts {
            currency: currency?,
            items: items?.0,
            discount: discount.unwrap_or_default(),
            shipping: shipping.unwrap_or_default(),
            tax: tax.unwrap_or_default(),
            tax_included: tax_included.unwrap_or_default(),
            total: total?,
        };
        // A sum over an amount that could not be read would only confuse.
        if !faultless {
            return None;
        }
        Self::check(parts, path, faults)
    }
}

struct Lines(Vec<LineItem>);

impl FromInput for Lines {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        read_list(value, path, (1, Pricing::MAX_ITEMS), faults).map(Self)
    }
}
