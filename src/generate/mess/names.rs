//! Names of columns.

use super::export::{Export, Field};
use super::kind::{Aspect, Kind};
use super::records::Shape;

/// Names of order, customer, day, amount, quantity and place.
fn call(export: &mut Export, names: [&str; 6]) -> bool {
    export.names = names.map(str::to_owned);
    true
}

/// A kind that calls the columns of purchases in a way, and those of customers where it says how.
macro_rules! names {
    ($name:literal, $purchases:expr) => {
        Kind::new(concat!("names of columns: ", $name), Aspect::Names, |export, _| {
            export.shape == Shape::Purchases && call(export, $purchases)
        })
    };
    ($name:literal, $purchases:expr, $customers:expr) => {
        Kind::new(concat!("names of columns: ", $name), Aspect::Names, |export, _| {
            let names = if export.shape == Shape::Purchases { $purchases } else { $customers };
            call(export, names)
        })
    };
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    names!(
        "with blanks",
        ["Order ID", "Customer ID", "Order Date", "Amount", "Quantity", "City"],
        ["", "Customer ID", "Joined", "Total Spent", "Visits", "City"]
    ),
    names!(
        "CamelCase",
        ["InvoiceNo", "CustomerID", "InvoiceDate", "TotalAmount", "Quantity", "City"],
        ["", "CustomerID", "JoinedOn", "TotalSpent", "NumVisits", "City"]
    ),
    names!(
        "CAPITALS",
        ["ORDER_ID", "CUSTOMER_ID", "ORDER_DATE", "AMOUNT", "QUANTITY", "CITY"],
        ["", "CUSTOMER_ID", "JOINED", "TOTAL_SPENT", "VISITS", "CITY"]
    ),
    names!("with units", ["Order no.", "Customer no.", "Date of order", "Amount (EUR)", "Quantity (pcs)", "City"]),
    names!("of a till", ["receipt", "loyalty_card", "timestamp", "total", "items", "store"]),
    names!("of a bank", ["Transaction Ref", "Account No", "Booking Date", "Value", "Units", "Branch"]),
    names!("of a web shop", ["Name", "Email", "Created at", "Total", "Lineitem quantity", "Shipping City"]),
    names!("of SAP", ["Belegnr", "Kunde", "Buchungsdatum", "Nettowert", "Menge", "Werk"]),
    names!(
        "German",
        ["Bestellnr", "Kundennr", "Bestelldatum", "Betrag", "Menge", "Stadt"],
        ["", "Kundennr", "Kunde seit", "Umsatz", "Besuche", "Ort"]
    ),
    names!("German, long", ["Auftragsnummer", "Kundennummer", "Auftragsdatum", "Umsatz", "Anzahl", "Ort"]),
    names!(
        "Spanish",
        ["Pedido", "ID Cliente", "Fecha", "Importe", "Cantidad", "Ciudad"],
        ["", "ID Cliente", "Fecha de alta", "Importe total", "Visitas", "Ciudad"]
    ),
    names!(
        "French",
        ["N° commande", "Code client", "Date", "Montant", "Quantité", "Ville"],
        ["", "Code client", "Client depuis", "Montant total", "Visites", "Ville"]
    ),
    names!("Portuguese", ["Pedido", "Cliente", "Data", "Valor", "Quantidade", "Cidade"]),
    names!("Italian", ["Ordine", "Cliente", "Data", "Importo", "Quantità", "Città"]),
    names!("Dutch", ["Bestelling", "Klantnummer", "Datum", "Bedrag", "Aantal", "Plaats"]),
    names!("Polish", ["Zamówienie", "Klient", "Data", "Kwota", "Ilość", "Miasto"]),
    names!("Russian", ["Заказ", "Клиент", "Дата", "Сумма", "Количество", "Город"]),
    names!("Chinese", ["订单号", "客户编号", "日期", "金额", "数量", "城市"]),
    names!("Turkish", ["Sipariş No", "Müşteri No", "Tarih", "Tutar", "Adet", "Şehir"]),
    names!("that say nothing", ["A", "B", "C", "D", "E", "F"]),
    Kind::new("name of the customer: that of a shop of its own", Aspect::Names, |export, _| {
        let is_bought = export.shape == Shape::Purchases;
        if is_bought {
            export.call(Field::Customer, "zzz");
        }
        is_bought
    }),
];
