//! Daily series of the pet shop's real file against pandas and statsmodels, read from the folder that `SEGMENTA_REAL_DATA` names.
//!
//! Reference: `s = pd.read_csv("sale_cleaned.csv")`, `daily = s.groupby("sale_date").agg(sales=("sale", "sum"),
//! units=("quantity", "sum"), orders=("invoice_no", "nunique")).asfreq("D", fill_value=0)`, and for each column `y`:
//! `adfuller(y, autolag="AIC")`, `kpss(y, regression="c", nlags="auto")`, `acf(y, nlags=14)`, `pacf(y, nlags=14, method="ywm")`,
//! `seasonal_decompose(y, model="additive", period=7).seasonal[:7]`, `STL(y, period=7, robust=False).fit().trend[-5:]`;
//! pandas 3.1.1, statsmodels 0.15.0.

use segmenta::query::sales::{Measure, SalesFilter, SalesView};
use segmenta::segment::outlook::daily;
use segmenta::series::Silent;
use segmenta::series::autocorrelation::correlogram;
use segmenta::series::calendar::{Gaps, Step, iso_date, regular, weekdays};
use segmenta::series::decompose::{Form, classical};
use segmenta::series::stationarity::{Around, augmented_dickey_fuller, kpss};
use segmenta::series::stl::{Settings, stl};

use crate::petshop::{cleaned, facts};

/// What the calls above gave of one series.
struct Reference {
    total: f64,
    /// Statistic and p-value.
    adf: (f64, f64),
    /// Statistic and lags.
    kpss: (f64, usize),
    acf: [f64; 15],
    pacf: [f64; 15],
    seasonal: [f64; 7],
    stl_trend: [f64; 5],
}

const SALES: Reference = Reference {
    total: 1_297_522.2,
    adf: (-1.566_273_762_305_089, 0.500_509_653_285_430_3),
    kpss: (2.031_389_262_724_287, 7),
    acf: [
        1.0,
        0.366_332_768_990_010_4,
        0.094_682_854_535_545_05,
        0.095_579_339_823_100_13,
        0.090_741_895_545_654_25,
        0.062_336_475_981_739_33,
        0.330_129_251_558_023_64,
        0.618_802_166_753_784_5,
        0.319_117_613_833_152_2,
        0.066_457_157_993_665_58,
        0.007_643_416_927_367_612,
        0.054_482_516_823_606_116,
        0.010_947_216_176_382_245,
        0.262_188_815_099_469_1,
        0.472_813_463_952_243_33,
    ],
    pacf: [
        1.0,
        0.366_332_768_990_010_2,
        -0.045_641_983_483_304_845,
        0.087_999_123_129_124_83,
        0.033_852_801_990_258_155,
        0.017_888_282_217_796_49,
        0.346_831_582_792_009_54,
        0.496_439_393_415_379_3,
        0.014_051_334_468_029_896,
        -0.082_902_008_332_859_53,
        -0.121_938_153_855_841_56,
        0.022_740_610_894_700_13,
        -0.080_308_663_681_324_65,
        0.069_770_453_574_432_86,
        0.110_390_927_096_712_93,
    ],
    seasonal: [
        752.358_702_348_864,
        1_427.584_526_524_688_3,
        553.728_372_678_534_1,
        -3_411.475_663_191_256,
        -1_550.983_372_086_134_8,
        583.035_010_663_191_1,
        1_645.752_423_062_113_4,
    ],
    stl_trend: [
        6_945.548_319_190_493,
        7_074.187_765_562_649,
        7_198.629_537_400_09,
        7_322.793_148_672_576,
        7_447.216_097_283_697,
    ],
};

const UNITS: Reference = Reference {
    total: 64_500.0,
    adf: (-1.914_110_343_186_725_5, 0.325_452_552_392_154_6),
    kpss: (2.793_183_693_214_569, 6),
    acf: [
        1.0,
        0.347_459_885_101_521_76,
        0.091_647_636_994_840_83,
        0.080_445_106_472_480_53,
        0.080_247_743_092_436_99,
        0.087_457_670_094_329_68,
        0.336_572_347_433_310_7,
        0.519_959_020_454_481_8,
        0.302_739_528_645_817_55,
        0.109_206_930_040_902_14,
        0.046_942_989_531_775_565,
        0.081_390_301_761_298_92,
        0.053_095_229_431_426_31,
        0.252_619_513_784_801_3,
        0.397_321_113_923_911_06,
    ],
    pacf: [
        1.0,
        0.347_459_885_101_521_7,
        -0.033_073_664_412_393_51,
        0.067_219_795_918_729_26,
        0.037_833_363_852_436_15,
        0.051_600_701_120_945_3,
        0.328_193_271_001_800_8,
        0.382_334_934_027_164_4,
        0.079_629_995_038_991_57,
        -0.004_010_349_912_405_797_5,
        -0.039_871_301_847_448_234,
        0.038_286_572_862_952_72,
        -0.087_843_340_151_470_48,
        0.052_430_527_434_541_63,
        0.107_596_690_897_329_91,
    ],
    seasonal: [
        41.595_324_486_833_92,
        92.471_698_113_207_54,
        36.864_555_256_064_68,
        -168.575_212_523_325_7,
        -74.478_177_482_894_47,
        11.856_054_323_035_45,
        60.265_757_827_078_57,
    ],
    stl_trend: [
        372.174_689_249_632_7,
        373.980_032_329_164_4,
        375.480_244_292_528,
        377.212_896_352_012_25,
        379.227_465_545_520_54,
    ],
};

const ORDERS: Reference = Reference {
    total: 10_933.0,
    adf: (-2.715_304_800_193_015, 0.071_427_107_579_053_85),
    kpss: (1.996_785_077_421_754_8, 7),
    acf: [
        1.0,
        0.452_065_268_035_987_3,
        0.165_109_305_661_839_12,
        0.126_277_268_734_072_2,
        0.114_540_841_530_608_81,
        0.136_187_957_342_948_3,
        0.369_959_435_187_130_54,
        0.763_248_316_186_771,
        0.350_882_336_358_033_3,
        0.076_331_349_888_79,
        0.030_677_459_115_795_468,
        0.027_528_769_177_901_025,
        0.065_132_051_590_169_69,
        0.276_448_180_411_920_2,
        0.627_905_397_440_787_4,
    ],
    pacf: [
        1.0,
        0.452_065_268_035_987_23,
        -0.049_336_193_800_030_42,
        0.088_519_303_323_716,
        0.037_016_552_435_334_284,
        0.081_905_647_172_309_66,
        0.345_398_220_838_927_5,
        0.667_492_870_440_603_8,
        -0.285_646_514_773_142_73,
        -0.142_734_174_774_592_46,
        -0.112_471_868_496_705_75,
        -0.043_016_106_190_404_683,
        0.007_331_026_418_134_949,
        0.029_624_656_627_175_23,
        0.185_252_032_614_423_8,
    ],
    seasonal: [
        6.923_121_353_040_491,
        13.541_253_221_172_358,
        1.728_066_407_985_546,
        -29.083_824_531_263_886,
        -3.930_185_717_247_711_7,
        2.956_606_735_582_477_4,
        7.864_962_530_730_724_5,
    ],
    stl_trend: [
        46.568_051_872_382_85,
        44.294_844_743_818_58,
        41.912_682_882_283_85,
        39.424_763_078_928_73,
        36.829_365_135_287_86,
    ],
};

/// `s.groupby(s.sale_date.dt.to_period("M")).sale.sum()`, from December 2020.
const MONTHS: [f64; 13] = [
    94_422.3, 68_143.56, 59_034.36, 84_685.62, 66_440.76, 115_286.64, 101_136.72, 101_089.14, 97_087.08, 103_849.8,
    129_172.8, 212_774.28, 64_399.14,
];

/// `s.groupby(s.sale_date.dt.weekday).sale.sum()`, Monday first; there is no sale on a Friday.
const WEEKDAYS: [f64; 7] = [269_316.78, 232_578.54, 267_574.98, 215_953.5, 0.0, 98_646.06, 213_452.34];

/// The shop's series with its first day and reference; `None` without the real file.
fn series() -> Option<Vec<(i32, Vec<f64>, &'static Reference)>> {
    let shop = cleaned()?;
    let view = SalesView::new(facts(&shop), &SalesFilter::default(), None);
    let of = |(measure, reference)| {
        let (first, values) = daily(&view, measure).unwrap();
        (first, values, reference)
    };
    Some([(Measure::Sales, &SALES), (Measure::Units, &UNITS), (Measure::Orders, &ORDERS)].map(of).into())
}

/// Agreement to a share of the expected number, or of 1 where that is smaller.
#[track_caller]
fn close(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1.0), "{ours} is not {theirs} within {tolerance}");
}

#[track_caller]
fn all_close(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).for_each(|(ours, theirs)| close(*ours, *theirs, tolerance));
}

#[test]
fn days_months_and_weekdays_add_up_to_the_totals_of_pandas() {
    let Some(series) = series() else { return };
    for (first, values, reference) in &series {
        assert_eq!((iso_date(*first).as_deref(), values.len()), (Some("2020-12-01"), 374));
        close(values.iter().sum(), reference.total, 1e-12);
    }
    let (first, sales, _) = &series[0];
    let days: Vec<i32> = (*first..).take(sales.len()).collect();
    let months = regular(&days, sales, Step::Month, Gaps::Zero).unwrap();
    assert_eq!(iso_date(months.start).as_deref(), Some("2020-12-01"));
    all_close(&months.values, &MONTHS, 1e-12);
    let by_weekday: Vec<f64> = weekdays(*first, sales).iter().map(|weekday| weekday.sum).collect();
    all_close(&by_weekday, &WEEKDAYS, 1e-12);
}

#[test]
fn stationarity_tests_agree_with_statsmodels() {
    let Some(series) = series() else { return };
    for (_, values, reference) in &series {
        let adf = augmented_dickey_fuller(values, Around::Level).unwrap();
        close(adf.statistic, reference.adf.0, 1e-9);
        close(adf.p, reference.adf.1, 1e-9);
        assert!(!adf.p_is_limit);
        let test = kpss(values, Around::Level).unwrap();
        close(test.statistic, reference.kpss.0, 1e-11);
        assert_eq!(test.lags, reference.kpss.1);
        // statsmodels warns that the p-value is lower than the 0.01 at the end of its table.
        assert_eq!((test.p, test.p_is_limit), (0.01, true));
    }
}

#[test]
fn correlograms_agree_with_statsmodels() {
    let Some(series) = series() else { return };
    for (_, values, reference) in &series {
        let found = correlogram(values, 14).unwrap();
        all_close(&found.autocorrelation, &reference.acf, 1e-12);
        all_close(&found.partial, &reference.pacf, 1e-12);
    }
}

#[test]
fn decompositions_agree_with_statsmodels() {
    let Some(series) = series() else { return };
    for (_, values, reference) in &series {
        let parts = classical(values, 7, Form::Additive).unwrap();
        all_close(&parts.seasonal[0][..7], &reference.seasonal, 1e-12);
        let parts = stl(values, 7, &Settings::default(), &Silent).unwrap();
        all_close(&parts.trend[parts.trend.len() - 5..], &reference.stl_trend, 1e-12);
        for (at, value) in values.iter().enumerate() {
            close(parts.trend[at] + parts.seasonal[0][at] + parts.remainder[at], *value, 1e-12);
        }
    }
}
