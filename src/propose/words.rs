//! What names of columns and tables say, in the languages that exports come in.

/// Who buys.
pub(super) const CUSTOMER: &[&str] = &[
    "customer",
    "client",
    "cliente",
    "kunde",
    "kunden",
    "klient",
    "user",
    "usuario",
    "member",
    "buyer",
    "shopper",
    "consumer",
    "cust",
    "subscriber",
    "household",
    "account",
    "guest",
    "visitor",
    "person",
    "email",
    "mail",
    "card",
    "loyalty",
    "membership",
    "patient",
    "passenger",
    "donor",
    "kundennummer",
    "kundennr",
    "kundin",
    "mitglied",
    "benutzer",
    "clientes",
    "socio",
    "comprador",
    "utilisateur",
    "acheteur",
    "utente",
    "cliente",
    "klant",
    "gebruiker",
    "lid",
    "nabywca",
    "uzytkownik",
    "клиент",
    "покупатель",
    "заказчик",
    "客户",
    "客户编号",
    "会员",
    "会员号",
    "顧客",
    "顧客番号",
    "会員",
    "会員番号",
    "고객",
    "고객번호",
    "müşteri",
    "musteri",
    "לקוח",
    "עميل",
    "العميل",
    "πελάτης",
];

/// What is bought at once.
pub(super) const ORDER: &[&str] = &[
    "order",
    "invoice",
    "transaction",
    "receipt",
    "basket",
    "ticket",
    "bill",
    "purchase",
    "sale",
    "factura",
    "pedido",
    "bestellung",
    "rechnung",
    "txn",
    "trx",
    "checkout",
    "coupon",
    "belegnr",
    "beleg",
    "bon",
    "auftrag",
    "commande",
    "facture",
    "ordine",
    "fattura",
    "scontrino",
    "compra",
    "venda",
    "zamowienie",
    "faktura",
    "paragon",
    "bestelling",
    "factuur",
    "заказ",
    "чек",
    "订单",
    "订单号",
    "注文",
    "siparis",
    "sipariş",
];

/// Last words of a name that names things.
pub(super) const ID: &[&str] = &[
    "id",
    "no",
    "nr",
    "number",
    "code",
    "key",
    "nbr",
    "uuid",
    "guid",
    "ref",
    "num",
    "sku",
    "nummer",
    "numero",
    "número",
    "codigo",
    "código",
    "编号",
    "番号",
    "номер",
    "belegnr",
    "kundennr",
];

/// Money of a line or a customer, the likeliest first.
pub(super) const AMOUNT: &[&str] = &[
    "amount",
    "total",
    "revenue",
    "sales",
    "sale",
    "turnover",
    "monetary",
    "monto",
    "importe",
    "umsatz",
    "betrag",
    "montant",
    "spent",
    "spend",
    "spending",
    "valor",
    "payment",
    "paid",
    "value",
    "mnt",
    "gross",
    "net",
    "purchases",
    "compras",
];

/// Money that is no sale.
pub(super) const NO_AMOUNT: &[&str] = &[
    "discount",
    "discounts",
    "descuento",
    "descuentos",
    "tax",
    "vat",
    "iva",
    "freight",
    "shipping",
    "cost",
    "costs",
    "fee",
    "tip",
    "balance",
    "limit",
    "unit",
    "average",
    "avg",
    "count",
    "share",
    "rate",
    "percent",
    "ratio",
    "score",
    "stock",
    "installments",
    "visits",
    "visitas",
    "days",
    "dias",
];

/// What customers earn, hold or pay, the likeliest first: money, if not what they spent.
pub(super) const EARNED: &[&str] = &[
    "charges",
    "charge",
    "premium",
    "fee",
    "fees",
    "spending",
    "balance",
    "saldo",
    "deposit",
    "deposits",
    "income",
    "ingreso",
    "ingresos",
    "einkommen",
    "revenu",
    "renda",
    "reddito",
    "inkomen",
    "dochod",
    "salary",
    "sueldo",
    "gehalt",
    "salaire",
    "wage",
    "wages",
    "wealth",
    "assets",
    "limit",
];

/// Numbers that say nothing of what a customer is worth.
pub(super) const NO_WORTH: &[&str] = &[
    "age",
    "edad",
    "alter",
    "idade",
    "eta",
    "leeftijd",
    "wiek",
    "birth",
    "year",
    "month",
    "week",
    "day",
    "hour",
    "score",
    "rating",
    "credit",
    "tenure",
    "duration",
    "days",
    "campaign",
    "previous",
    "education",
    "experience",
    "family",
    "children",
    "kids",
    "size",
    "height",
    "weight",
    "latitude",
    "longitude",
    "channel",
    "region",
    "id",
];

/// Price of one.
pub(super) const PRICE: &[&str] = &["price", "precio", "preis", "prix", "preco", "unitprice"];

/// Units.
pub(super) const QUANTITY: &[&str] =
    &["quantity", "qty", "units", "pieces", "pcs", "cantidad", "menge", "anzahl", "quantidade", "items"];

/// When something was bought, the likeliest first.
pub(super) const BOUGHT: &[&str] = &[
    "purchase",
    "purchased",
    "order",
    "transaction",
    "invoice",
    "sale",
    "sold",
    "fecha",
    "datum",
    "date",
    "day",
    "timestamp",
    "time",
    "created",
];

/// Days on which nothing is bought.
pub(super) const NOT_BOUGHT: &[&str] = &[
    "birth",
    "birthday",
    "delivery",
    "delivered",
    "estimated",
    "approved",
    "shipped",
    "shipping",
    "update",
    "updated",
    "due",
    "expiry",
    "return",
    "returned",
    "limit",
    "signup",
    "registered",
    "joined",
    "enrolled",
    "end",
];

/// Names of days and times that say no more.
pub(super) const DAY: &[&str] = &[
    "date",
    "dt",
    "day",
    "datetime",
    "timestamp",
    "ts",
    "when",
    "at",
    "on",
    "data",
    "jour",
    "dia",
    "tag",
    "zeit",
    "birthday",
    "dob",
    "seen",
    "visit",
];

/// How a customer is reached, which names one where nothing else does.
pub(super) const CONTACT: &[&str] =
    &["phone", "telephone", "mobile", "telefon", "telefono", "handy", "tel", "msisdn", "whatsapp"];

/// Codes that look like numbers.
pub(super) const CODE: &[&str] =
    &["zip", "postal", "postcode", "plz", "phone", "telephone", "mobile", "fax", "cep", "iban", "ean", "barcode"];

/// Visits and purchases, the likeliest first.
pub(super) const VISITS: &[&str] =
    &["frequency", "orders", "purchases", "transactions", "visits", "visitas", "sessions", "trips", "tickets"];

/// How long ago or since when.
pub(super) const RECENCY: &[&str] = &["recency", "dias", "days", "since", "last", "tenure"];

/// How an order ended.
pub(super) const STATUS: &[&str] = &["status", "stage", "outcome"];

/// What is said of a coupon or voucher that was used, and of the day on which it was.
pub(super) const USED: &[&str] =
    &["used", "burned", "burnt", "burn", "redeemed", "redeem", "redemption", "consumed", "activated", "eingeloest"];

/// What is bought.
pub(super) const PRODUCT: &[&str] = &["category", "product", "department", "description", "brand", "producto", "item"];

/// Where it is bought; numbers name these as well.
pub(super) const SHOP: &[&str] =
    &["store", "shop", "branch", "filiale", "tienda", "region", "country", "city", "state", "channel", "merchant"];

/// Where it is.
pub(super) const LATITUDE: &[&str] = &["lat", "latitude", "latitud"];

/// Where it is.
pub(super) const LONGITUDE: &[&str] = &["lon", "lng", "long", "longitude", "longitud"];

/// The words of a name, small: `NumWebPurchases` is num, web, purchases; `customer_id` is customer, id.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut before, mut starts) = (' ', true);
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            (before, starts) = (' ', true);
            continue;
        }
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_lowercase() && letter.is_uppercase()
            || before.is_uppercase() && letter.is_uppercase() && next_is_small
            || before.is_numeric() != letter.is_numeric();
        if starts || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        (before, starts) = (*letter, false);
    }
    words
}

/// A name without its spelling: `customer_id` and `CustomerID` are the same.
pub(super) fn plain(name: &str) -> String {
    words(name).concat()
}

/// Whether two words are the same but for the plural.
fn same(word: &str, known: &str) -> bool {
    word == known || word.strip_suffix('s') == Some(known) || known.strip_suffix('s') == Some(word)
}

/// Position of the likeliest of the known words that a name holds.
pub(super) fn rank(name: &str, known: &[&str]) -> Option<usize> {
    let words = words(name);
    known.iter().position(|known| words.iter().any(|word| same(word, known)))
}

/// Whether a name holds one of the known words.
pub(super) fn has(name: &str, known: &[&str]) -> bool {
    rank(name, known).is_some()
}

/// Whether a name says that its values name things: `order_id`, `InvoiceNo`, `id_cliente`, `customerid`.
pub(super) fn names_things(name: &str) -> bool {
    let words = words(name);
    let is_id = |word: &String| ID.contains(&word.as_str());
    let is_glued = |word: &String| {
        word.strip_suffix("id").is_some_and(|front| CUSTOMER.contains(&front) || ORDER.contains(&front))
    };
    words.last().is_some_and(|last| is_id(last) || is_glued(last))
        || words.len() > 1
            && words
                .first()
                .is_some_and(|first| ["id", "code", "codigo", "código", "numero", "número"].contains(&first.as_str()))
}

/// The words of a name but for those that only say that it names things.
pub(super) fn subject(name: &str) -> Vec<String> {
    words(name).into_iter().filter(|word| !ID.contains(&word.as_str())).collect()
}

/// Whether two names speak of the same thing.
pub(super) fn shares_subject(left: &str, right: &str) -> bool {
    share_a_word(&subject(left), &subject(right))
}

/// Whether a word of one name stands in another.
pub(super) fn share_a_word(left: &[String], right: &[String]) -> bool {
    left.iter().any(|word| right.iter().any(|other| same(word, other)))
}

/// Whether a name says who buys, glued to an id or not.
pub(super) fn names_customers(name: &str) -> bool {
    has(name, CUSTOMER) || words(name).iter().any(|word| word.strip_suffix("id").is_some_and(|w| CUSTOMER.contains(&w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("NumWebPurchases", &["num", "web", "purchases"][..]),
            ("customer_id", &["customer", "id"]),
            ("CustomerID", &["customer", "id"]),
            ("Unit Price (€)", &["unit", "price"]),
            ("AcceptedCmp3", &["accepted", "cmp", "3"]),
            ("XMLFile", &["xml", "file"]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
        assert_eq!(plain("Customer-Id"), plain("customerID"));
    }

    #[test]
    fn names_that_name_things() {
        for name in ["id", "order_id", "InvoiceNo", "Customer ID", "id_cliente", "customerid", "StockCode"] {
            assert!(names_things(name), "{name}");
        }
        for name in ["paid", "NumWebPurchases", "sale", "n_visitas", "humid"] {
            assert!(!names_things(name), "{name}");
        }
        assert!(shares_subject("product_id", "products") && !shares_subject("id", "products"));
        assert!(names_customers("customerid") && names_customers("id_cliente") && !names_customers("order_id"));
    }
}
