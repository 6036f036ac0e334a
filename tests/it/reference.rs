//! The numeric layer on the real file `personality/selected_features.csv`, against scikit-learn 1.9.1, `SciPy` 1.17.1, `NumPy`
//! 2.4.6, pandas 3.1.1 and kneed. Each constant quotes the call that made it. Skipped, with a notice, when
//! `SEGMENTA_REAL_DATA` is unset.
#![expect(
    clippy::unreadable_literal,
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    reason = "constants are copied from the reference as printed, and a test may fail by panic"
)]

use ndarray::Array2;
use segmenta::cluster::kmeans::{self, KMeansParams};
use segmenta::cluster::scale::{FittedScale, Scale};
use segmenta::cluster::{Silent, dbscan, metrics, pca, select_k};
use segmenta::stats::{correlation, describe, power, tests_of_difference};
use std::collections::BTreeMap;

/// `df[["days_enrolled", "Total_Spent", "NumAllPurchases", "AverageCheck"]]`, the features clustered.
#[rustfmt::skip]
const FEATURES: [&str; 4] = ["days_enrolled", "Total_Spent", "NumAllPurchases", "AverageCheck"];

/// Every numeric column, in the order of the matrices below.
#[rustfmt::skip]
const NUMERIC: [&str; 10] = ["Age", "days_enrolled", "kidsteenHome", "Income", "Total_Spent", "NumAllPurchases", "AverageCheck", "NumWebVisitsMonth", "ShareDealsPurchases", "SumAcceptedOffers"];

/// `mean, std(ddof=1), min, q1, median, q3, max, scipy.stats.skew, scipy.stats.kurtosis` of each of [`NUMERIC`].
#[rustfmt::skip]
const DESCRIBE: [[f64; 9]; 10] = [
    [45.151433691756274, 11.764132243649419, 18.0, 37.0, 44.0, 55.0, 80.0, 0.11453854017709308, -0.7455974784143757],
    [512.402329749104, 232.06090166876297, 0.0, 341.0, 513.0, 685.25, 1063.0, 0.005112690042550119, -0.6337237015918977],
    [0.9525089605734767, 0.7512028155050837, 0.0, 0.0, 1.0, 1.0, 3.0, 0.4141689505069302, -0.24365724359625718],
    [51916.046496925264, 20740.00249748251, 2447.0, 35683.5, 51789.5, 68289.75, 115000.0, 0.07523158778210223, -0.7144352594067027],
    [607.1187275985664, 602.030287317578, 8.0, 69.0, 397.0, 1047.25, 2525.0, 0.8579782104650503, -0.34527610516774354],
    [12.581093189964157, 7.180871364336669, 1.0, 6.0, 12.0, 18.0, 32.0, 0.30071714565287533, -1.1236707443467209],
    [37.40779569892473, 29.922005175197473, 2.7, 13.0, 29.7, 49.125, 187.7, 1.2757931569547498, 1.4920837583969453],
    [5.297043010752688, 2.3535605348782, 0.0, 3.0, 6.0, 7.0, 20.0, -0.06121704479755291, 0.5531304862560789],
    [24.145250896057345, 17.23785756986807, 0.0, 8.3, 20.0, 33.3, 100.0, 0.6698671613202808, -0.3377223884214322],
    [0.44802867383512546, 0.8917097448226065, 0.0, 0.0, 0.0, 1.0, 5.0, 2.4349467619647363, 6.29850158530707],
];

/// `df[NUMERIC].corr(method="pearson")`.
#[rustfmt::skip]
const PEARSON: [[f64; 10]; 10] = [
    [1.0, -0.02403236582332555, 0.09271966703413476, 0.2039275508442979, 0.11441820322234927, 0.16960260945758818, 0.10269904540733073, -0.1196418542496328, -0.07450824506677231, -0.007752378289482154],
    [-0.02403236582332555, 1.0, -0.03546590934803542, -0.02974961881957519, 0.13618061504606377, 0.1479876445363647, 0.1232846991786383, 0.26606665680701713, 0.054853964413812545, 0.055071926699021466],
    [0.09271966703413476, -0.03546590934803542, 1.0, -0.3491015732272108, -0.502262776588401, -0.3874146056795579, -0.47910013702655196, 0.43466226065726843, 0.6774224130089399, -0.25528450353420457],
    [0.2039275508442979, -0.02974961881957519, -0.3491015732272108, 1.0, 0.8126307704241955, 0.7623085147592361, 0.7531477349552477, -0.6447125292181461, -0.6447903154670297, 0.3553435793721186],
    [0.11441820322234927, 0.13618061504606377, -0.502262776588401, 0.8126307704241955, 1.0, 0.8228711367782351, 0.9243520040774618, -0.5074698889926429, -0.6208189127126604, 0.45541086592033975],
    [0.16960260945758818, 0.1479876445363647, -0.3874146056795579, 0.7623085147592361, 0.8228711367782351, 1.0, 0.6355276767961406, -0.42798429695120177, -0.5856803183837478, 0.299454669543923],
    [0.10269904540733073, 0.1232846991786383, -0.47910013702655196, 0.7531477349552477, 0.9243520040774618, 0.6355276767961406, 1.0, -0.46281198824327224, -0.5631355170523696, 0.4401081444966319],
    [-0.1196418542496328, 0.26606665680701713, 0.43466226065726843, -0.6447125292181461, -0.5074698889926429, -0.42798429695120177, -0.46281198824327224, 1.0, 0.5533703810709228, -0.12730021691098597],
    [-0.07450824506677231, 0.054853964413812545, 0.6774224130089399, -0.6447903154670297, -0.6208189127126604, -0.5856803183837478, -0.5631355170523696, 0.5533703810709228, 1.0, -0.24141760419994154],
    [-0.007752378289482154, 0.055071926699021466, -0.25528450353420457, 0.3553435793721186, 0.45541086592033975, 0.299454669543923, 0.4401081444966319, -0.12730021691098597, -0.24141760419994154, 1.0],
];

/// `df[NUMERIC].corr(method="spearman")`.
#[rustfmt::skip]
const SPEARMAN: [[f64; 10]; 10] = [
    [1.0, -0.026288863281286393, 0.08620270941698938, 0.2156707465508862, 0.1592620710246642, 0.17755074091345066, 0.15827315123818836, -0.13110370278161046, -0.08281031767765434, 0.021464566350319406],
    [-0.026288863281286393, 1.0, -0.03283026856035427, -0.026481596703116003, 0.16496582845638025, 0.14826213594865922, 0.16647451892168652, 0.2837606226103884, 0.04002870969496767, 0.06640454104886985],
    [0.08620270941698938, -0.03283026856035427, 1.0, -0.37607586286996697, -0.489687793878323, -0.3888967427347253, -0.48928167709203824, 0.4355668080328591, 0.7059172539343845, -0.24375038467150148],
    [0.2156707465508862, -0.026481596703116003, -0.37607586286996697, 1.0, 0.8521048571298675, 0.7785658357751504, 0.8392978320769752, -0.6371219700774936, -0.7171070775788596, 0.3097581850082905],
    [0.1592620710246642, 0.16496582845638025, -0.489687793878323, 0.8521048571298675, 1.0, 0.9101297280581141, 0.9775868260822366, -0.47693885720570833, -0.6885178254626653, 0.3872423959289891],
    [0.17755074091345066, 0.14826213594865922, -0.3888967427347253, 0.7785658357751504, 0.9101297280581141, 1.0, 0.8364617516689237, -0.4216290014624766, -0.6434882262513587, 0.2873210504093672],
    [0.15827315123818836, 0.16647451892168652, -0.48928167709203824, 0.8392978320769752, 0.9775868260822366, 0.8364617516689237, 1.0, -0.4687887956252814, -0.6757438743381765, 0.3777554954928035],
    [-0.13110370278161046, 0.2837606226103884, 0.4355668080328591, -0.6371219700774936, -0.47693885720570833, -0.4216290014624766, -0.4687887956252814, 1.0, 0.6023380241798321, -0.07586404602775884],
    [-0.08281031767765434, 0.04002870969496767, 0.7059172539343845, -0.7171070775788596, -0.6885178254626653, -0.6434882262513587, -0.6757438743381765, 0.6023380241798321, 1.0, -0.2532174934348775],
    [0.021464566350319406, 0.06640454104886985, -0.24375038467150148, 0.3097581850082905, 0.3872423959289891, 0.2873210504093672, 0.3777554954928035, -0.07586404602775884, -0.2532174934348775, 1.0],
];

/// `df[NUMERIC].corr(method="kendall")`.
#[rustfmt::skip]
const KENDALL: [[f64; 10]; 10] = [
    [1.0, -0.017734698443565504, 0.07433491253469067, 0.1515801967249272, 0.11003996945857228, 0.12407158612320912, 0.10910196218095962, -0.09641494152571398, -0.05812861634227621, 0.01766381366778639],
    [-0.017734698443565504, 1.0, -0.02543276333292018, -0.017951996567539638, 0.11048875435721134, 0.10070915270549562, 0.11226506247767704, 0.2028420857576403, 0.027341275710339938, 0.05225632367020137],
    [0.07433491253469067, -0.02543276333292018, 1.0, -0.2926482245734278, -0.3872848435493594, -0.3072239946156057, -0.3884160251559864, 0.3577037153997708, 0.5859614343402866, -0.22174359115607098],
    [0.1515801967249272, -0.017951996567539638, -0.2926482245734278, 1.0, 0.6506489063212951, 0.5725884679057964, 0.6378918789439764, -0.47933428962380276, -0.5294872416912926, 0.24610868339638725],
    [0.11003996945857228, 0.11048875435721134, -0.3872848435493594, 0.6506489063212951, 1.0, 0.7809838875947344, 0.8899660082163108, -0.3401646747562529, -0.4921342530551848, 0.3086009187561682],
    [0.12407158612320912, 0.10070915270549562, -0.3072239946156057, 0.5725884679057964, 0.7809838875947344, 1.0, 0.6673385329053658, -0.2998635542512951, -0.47904237073498607, 0.23326671379592887],
    [0.10910196218095962, 0.11226506247767704, -0.3884160251559864, 0.6378918789439764, 0.8899660082163108, 0.6673385329053658, 1.0, -0.33791317212475264, -0.4745349383324898, 0.3008081418279874],
    [-0.09641494152571398, 0.2028420857576403, 0.3577037153997708, -0.47933428962380276, -0.3401646747562529, -0.2998635542512951, -0.33791317212475264, 1.0, 0.4509256954069021, -0.062001036352392236],
    [-0.05812861634227621, 0.027341275710339938, 0.5859614343402866, -0.5294872416912926, -0.4921342530551848, -0.47904237073498607, -0.4745349383324898, 0.4509256954069021, 1.0, -0.20252910078675523],
    [0.01766381366778639, 0.05225632367020137, -0.22174359115607098, 0.24610868339638725, 0.3086009187561682, 0.23326671379592887, 0.3008081418279874, -0.062001036352392236, -0.20252910078675523, 1.0],
];

/// `scipy.stats.yeojohnson_normmax(df[c])` of each of [`FEATURES`].
#[rustfmt::skip]
const YEO_JOHNSON: [f64; 4] = [0.8488685261937046, 0.1742579270055003, 0.3395553322185351, 0.0788646409819229];

/// `MinMaxScaler().fit_transform(raw)[0]`.
#[rustfmt::skip]
const MIN_MAX: [f64; 4] = [0.9134524929444967, 0.6392530790623758, 0.6774193548387097, 0.38270270270270274];

/// `RobustScaler().fit_transform(raw)[0]`.
#[rustfmt::skip]
const ROBUST: [f64; 4] = [1.3304284676833698, 1.2471249680552006, 0.8333333333333334, 1.2124567474048442];

/// `KMeans(k, n_init=50, random_state=42, tol=0, max_iter=1000).fit(StandardScaler().fit_transform(raw))` for k = 1..10:
/// `inertia_, silhouette_score, davies_bouldin_score, calinski_harabasz_score` of its labels.
#[rustfmt::skip]
const K_MEANS: [[f64; 4]; 10] = [
    [8927.999999999998, f64::NAN, f64::NAN, f64::NAN],
    [4319.336701623595, 0.46191615147904996, 0.8884955410748082, 2379.374395961363],
    [3396.221135307648, 0.36285322204058895, 0.9429151607178548, 1815.3021546817326],
    [2635.923859163885, 0.34353854982003296, 1.0892021118628479, 1772.7808023293435],
    [2143.293487709916, 0.3564503799162131, 1.032359322042541, 1762.4209527896232],
    [1833.3105966286796, 0.36076481372148866, 0.9594157519951977, 1722.8699425996147],
    [1625.8325402581518, 0.36011004386605594, 0.9567169046803697, 1665.5387517488784],
    [1476.6418089242811, 0.3264128063952741, 0.9710040727408811, 1603.2344004965883],
    [1339.5490768510076, 0.3294051026895174, 0.9687245136066657, 1574.1422518292416],
    [1224.373658746273, 0.33666018971888256, 0.9715191261923255, 1553.3981266428473],
];

/// Sorted cluster sizes of the same fits.
#[rustfmt::skip]
const SIZES: [&[usize]; 10] = [
    &[2232],
    &[943, 1289],
    &[642, 707, 883],
    &[503, 528, 561, 640],
    &[162, 410, 443, 598, 619],
    &[152, 356, 358, 366, 455, 545],
    &[135, 196, 270, 286, 341, 452, 552],
    &[135, 196, 267, 271, 275, 334, 338, 416],
    &[130, 195, 214, 229, 231, 244, 274, 310, 405],
    &[127, 170, 176, 186, 204, 215, 218, 256, 329, 351],
];

/// Sorted `cluster_centers_` of the same fits.
#[rustfmt::skip]
const CENTERS: [&[[f64; 4]]; 10] = [
    &[
        [-8.396310329602437e-17, -8.40625856459012e-17, 2.9232888511299487e-16, 6.118164517423577e-17],
    ],
    &[
        [-0.12030584120075882, -0.7388774603206815, -0.7120142288976843, -0.6657235573853588], [0.1644477511217156, 1.0099820215836264, 0.9732622916745575, 0.9099869199042714],
    ],
    &[
        [-0.8830103166438635, -0.7620620840536624, -0.7496116643409858, -0.715041469816508], [0.1274199449992595, 1.0782118132892993, 0.9985181094079543, 0.9702067573519974], [0.7971596299577344, -0.6437432051534451, -0.5478443051684615, -0.5469754635226513],
    ],
    &[
        [-0.9116803055136687, -0.7981167210794453, -0.8148250793448619, -0.7433637924098409], [0.11522341541446618, 1.475515366149734, 0.7775072477878254, 1.5671068777940182], [0.14924460966220252, 0.3669289715192252, 1.061871215116665, 0.10440359127502091], [0.7962867445162718, -0.7578039654984356, -0.7669627387489638, -0.6553066463124859],
    ],
    &[
        [-0.87924205032572, -0.8266736426588184, -0.8725761721166984, -0.7720140545767572], [-0.7978032007548396, 0.5913162577662632, 0.8720074195828429, 0.48856666050259845], [0.13605859332820827, 2.0552744989831737, 0.6430239362058621, 2.44078755956511], [0.7526049215877882, -0.719966415719958, -0.6886458600317643, -0.6178123664074238], [0.90124358066013, 0.8281191126115142, 1.1066409822684242, 0.5679651906073109],
    ],
    &[
        [-0.9697212933589935, -0.8488466355987312, -0.9136140071571295, -0.7988148323255769], [-0.8839285321720272, 0.7065261866009163, 0.9257823960104765, 0.5917197252401128], [0.14475526922387894, 2.0802481301996933, 0.6182589940605905, 2.503364872062274], [0.48915526651553365, -0.22195573430698418, 0.26119548432823214, -0.17237676205914937], [0.7018292386668729, -0.8697470389854854, -0.9953568753229657, -0.7817343142420431], [0.9017059504853376, 1.0387460326139117, 1.205741801205333, 0.734551421151598],
    ],
    &[
        [-0.9363558866736127, -0.8501932657652325, -0.9159239332620382, -0.7973600647296484], [-0.8544019262583502, 1.1734929982738265, 0.6936828475154555, 1.2628804440377923], [-0.7635822461988498, 0.21476564814784205, 0.9276227870996264, 0.00870298597921329], [0.3253286757283096, 2.091097547439888, 0.5979696166081784, 2.5532697378048295], [0.6842423617218945, -0.8703025630809085, -0.9949545690758054, -0.7887551734354947], [0.7834569725624183, -0.22286796204686862, 0.23757594614673996, -0.153174830231702], [0.9185713213773913, 1.0443816914792108, 1.2323075276038298, 0.7211211370100576],
    ],
    &[
        [-1.28005069698161, -0.8659354305080365, -0.9404520047213286, -0.8273762141633235], [-0.8544019262583502, 1.1734929982738265, 0.6936828475154555, 1.2628804440377923], [-0.7571777825573522, 0.22131272834462734, 0.9368682163506307, 0.012008754114820604], [-0.15287013529515173, -0.8363259454642784, -0.9103191383482763, -0.7627578904141338], [0.3253286757283096, 2.091097547439888, 0.5979696166081784, 2.5532697378048295], [0.7985278075335396, -0.1969373748938041, 0.28039129820011094, -0.13833800103559943], [0.9194073072331476, 1.0510233426453999, 1.232836853564309, 0.7275239334245597], [1.053382100561365, -0.8586731969060754, -0.9698644265742341, -0.7643086263917837],
    ],
    &[
        [-1.2987921923763264, -0.8880913105971112, -0.9899205630466607, -0.854209166507627], [-0.9226824661178896, -0.04068462081507014, 0.5601843519987345, -0.09868488959185333], [-0.8881059042839893, 1.1613982039875077, 0.7297991377797917, 1.2192508113099765], [-0.15900776611872638, -0.8499901143583578, -0.9352529541282699, -0.782444227904834], [0.24354824280368886, 2.081265832940633, 0.5619367432716866, 2.5947067643046555], [0.2933918851039705, 0.6014662933980308, 1.4235128631910159, 0.1687446961762912], [0.8599837782348779, -0.24231491661945803, 0.19706877083503277, -0.1555898413951948], [1.0377112382611458, -0.863140306211128, -0.9812424012709539, -0.7674509197892458], [1.0657410733755046, 1.2572496645278148, 1.0583184611950778, 1.034991184420899],
    ],
    &[
        [-1.2724902520126322, -0.8804661193469047, -0.9700260784953626, -0.842892875797766], [-1.0263904977396812, 0.32665257334399644, 1.0825412659138451, 0.05731372101312771], [-0.8971159258635075, 1.1739162825740068, 0.6918947261166714, 1.2655533037182036], [-0.2430448385295452, -0.3455359896843182, 0.05196010690156051, -0.24225880686582388], [-0.09017260668417071, -0.8972589616839974, -1.0460500712598613, -0.8493244077020492], [0.26624364712625875, 2.093438262351299, 0.5705421868500885, 2.597598838194111], [0.6650806919985653, 0.619241277236591, 1.4175615185244297, 0.18523987240897613], [0.9625417301569895, 1.3206383746245094, 0.9876328344757513, 1.1438846879161024], [1.066735758409858, -0.8606561373137223, -0.9743557399766163, -0.762229555826583], [1.1271900023546761, -0.23879012872396374, 0.18735116055588374, -0.14115078970480321],
    ],
];

/// `silhouette_samples(x, KMeans(4, ...).labels_)[:10]`.
#[rustfmt::skip]
const SILHOUETTES: [f64; 10] = [0.1372465009980281, 0.57916785360958, 0.5367662982684765, 0.5645088712258157, 0.20081924368347845, 0.5249416675539302, 0.20801979010334415, 0.049159347322339626, 0.22837731248518364, 0.330831082306805];

/// `scipy.stats.f_oneway` of each of [`NUMERIC`] by the labels for k = 4.
#[rustfmt::skip]
const ANOVA: [f64; 10] = [19.460058605633655, 507.523805747445, 222.8061153565426, 1161.9255143319324, 4191.202389314759, 2126.9421035322316, 3439.054829171383, 282.8812044276737, 449.9921213630215, 136.9073791229948];

/// `scipy.stats.kruskal` of each of [`NUMERIC`] by the labels for k = 4.
#[rustfmt::skip]
const KRUSKAL: [f64; 10] = [59.393278442274976, 964.5954792815016, 565.2796393715115, 1436.1338142957086, 1778.5345507051152, 1598.7215910262867, 1786.5212210071047, 621.5492705653967, 1021.4633108440696, 333.5982416168874];

/// `scipy.stats.chi2_contingency(pd.crosstab(df[c], labels))` for k = 4: statistic, degrees of freedom, Cramér's V.
#[rustfmt::skip]
const CHI2: [(&str, f64, usize, f64); 3] = [
    ("Education", 92.14725502281594, 12, 0.11730957969608923),
    ("Marital_Status", 14.729351869137965, 12, 0.04690121528056179),
    ("Relationship", 3.1317751144184482, 3, 0.03745831084369323),
];

/// `PCA().fit(x)`: `explained_variance_ratio_`.
#[rustfmt::skip]
const RATIOS: [f64; 4] = [0.6570338533894257, 0.24178330117444838, 0.09309915466558388, 0.008083690770542148];

/// `np.abs(PCA().fit(x).components_)`.
#[rustfmt::skip]
const COMPONENTS: [[f64; 4]; 4] = [
    [0.14266405418511907, 0.6062550782812005, 0.5402594103855399, 0.5658811864619546],
    [0.9889849563367568, 0.09723748156906314, 0.045144807220169815, 0.10205672294730112],
    [0.038902523597097505, 0.11821730624346191, 0.7822654196369809, 0.6103868244011288],
    [0.0065051856872082444, 0.7804001029862186, 0.30682654564281137, 0.5447851252624046],
];

/// A CSV file by column, numeric or not.
fn columns(path: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        for (name, value) in names.iter().zip(line.split(',')) {
            columns.entry((*name).to_owned()).or_default().push(value.to_owned());
        }
    }
    columns
}

struct Real {
    text: BTreeMap<String, Vec<String>>,
    numeric: Vec<Vec<f64>>,
    raw: Array2<f64>,
    x: Array2<f64>,
}

fn real() -> Option<Real> {
    let Some(folder) = std::env::var_os("SEGMENTA_REAL_DATA") else {
        eprintln!("skipped: SEGMENTA_REAL_DATA is not set");
        return None;
    };
    let text = columns(&std::path::Path::new(&folder).join("personality").join("selected_features.csv"));
    let parse = |name: &str| text[name].iter().map(|value| value.parse().unwrap()).collect::<Vec<f64>>();
    let numeric = NUMERIC.iter().map(|name| parse(name)).collect();
    let features: Vec<Vec<f64>> = FEATURES.iter().map(|name| parse(name)).collect();
    let raw = Array2::from_shape_fn((features[0].len(), 4), |(row, column)| features[column][row]);
    let mut x = raw.clone();
    FittedScale::fit(Scale::Standard, raw.view()).unwrap().apply(&mut x).unwrap();
    Some(Real { text, numeric, raw, x })
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{what}: {found} is not {expected}");
}

/// The reference labels, up to the numbers of clusters: the rows nearest to each of its centroids.
fn reference_labels(x: &Array2<f64>, k: usize) -> Vec<i32> {
    let centroids = Array2::from_shape_vec((k, 4), CENTERS[k - 1].as_flattened().to_vec()).unwrap();
    kmeans::predict(centroids.view(), x.view())
}

#[test]
fn summaries() {
    let Some(real) = real() else { return };
    for ((name, values), expected) in NUMERIC.iter().zip(&real.numeric).zip(&DESCRIBE) {
        let s = describe::describe(values).unwrap();
        let found = [s.mean, s.std, s.min, s.q1, s.median, s.q3, s.max, s.skew, s.excess_kurtosis];
        found.iter().zip(expected).for_each(|(found, expected)| close(*found, *expected, name));
    }
}

#[test]
fn correlations() {
    let Some(real) = real() else { return };
    let columns: Vec<&[f64]> = real.numeric.iter().map(Vec::as_slice).collect();
    for (method, expected) in correlation::Method::ALL.into_iter().zip([PEARSON, SPEARMAN, KENDALL]) {
        let found = correlation::matrix(&columns, method);
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            close(*found, *expected, method.as_str());
        }
    }
}

#[test]
fn transforms_and_scales() {
    let Some(real) = real() else { return };
    for (column, expected) in real.raw.columns().into_iter().zip(YEO_JOHNSON) {
        let lambda = power::yeo_johnson_lambda(&column.to_vec()).unwrap();
        assert!((lambda - expected).abs() < 1e-5, "{lambda} {expected}");
    }
    for (scale, expected) in [(Scale::MinMax, MIN_MAX), (Scale::Robust, ROBUST)] {
        let mut row = real.raw.row(0).to_vec();
        FittedScale::fit(scale, real.raw.view()).unwrap().apply_row(&mut row).unwrap();
        row.iter().zip(expected).for_each(|(found, expected)| close(*found, expected, scale.as_str()));
    }
}

/// At the default `n_init` 10 every inertia is that of the reference or lower: single-row moves and swaps find optima that
/// 50 restarts of scikit-learn miss (by up to 3e-4 relative), so labels are close to, not equal to, the reference's.
#[test]
fn k_means_reaches_the_best_known_inertia() {
    let Some(real) = real() else { return };
    for (k, expected) in (1..).zip(K_MEANS) {
        let params = KMeansParams { n_clusters: k, ..KMeansParams::default() };
        let found = kmeans::fit(real.x.view(), &params, &Silent).unwrap();
        assert!(found.inertia <= expected[0] * (1.0 + 1e-9), "k = {k}: {} {}", found.inertia, expected[0]);
        assert_eq!(kmeans::predict(found.centroids.view(), real.x.view()), found.labels);
        let agreement = metrics::adjusted_rand_score(&found.labels, &reference_labels(&real.x, k)).unwrap();
        eprintln!("k = {k}: inertia {} against {}, adjusted Rand {agreement}", found.inertia, expected[0]);
        assert!(agreement > 0.9, "k = {k}: {agreement}");
    }
}

#[test]
fn scores_of_the_reference_clusters() {
    let Some(real) = real() else { return };
    let view = real.x.view();
    for (k, (expected, sizes)) in (1..).zip(K_MEANS.iter().zip(SIZES)) {
        let labels = reference_labels(&real.x, k);
        let mut counts: Vec<usize> =
            (0..k as i32).map(|c| labels.iter().filter(|label| **label == c).count()).collect();
        counts.sort_unstable();
        assert_eq!(counts, sizes);
        close(metrics::inertia(view, &labels).unwrap(), expected[0], "inertia");
        if k > 1 {
            close(
                metrics::silhouette_score(view, &labels, 10_000, 0, &Silent).unwrap().score,
                expected[1],
                "silhouette",
            );
            close(metrics::davies_bouldin_score(view, &labels).unwrap(), expected[2], "Davies-Bouldin");
            close(metrics::calinski_harabasz_score(view, &labels).unwrap(), expected[3], "Calinski-Harabasz");
        }
    }
}

#[test]
fn differences_between_the_four_reference_clusters() {
    let Some(real) = real() else { return };
    let labels = reference_labels(&real.x, 4);
    let silhouettes = metrics::silhouette_samples(real.x.view(), &labels, &Silent).unwrap();
    silhouettes.iter().zip(SILHOUETTES).for_each(|(found, expected)| close(*found, expected, "silhouette"));
    for ((values, f), h) in real.numeric.iter().zip(ANOVA).zip(KRUSKAL) {
        let group = |label| values.iter().zip(&labels).filter(|(_, l)| **l == label).map(|(value, _)| *value).collect();
        let groups: Vec<Vec<f64>> = (0..4).map(group).collect();
        let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
        close(tests_of_difference::anova_f(&groups), f, "F");
        close(tests_of_difference::kruskal_h(&groups), h, "H");
    }
    for (name, statistic, dof, cramers_v) in CHI2 {
        let mut table: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (value, label) in real.text[name].iter().zip(&labels) {
            table.entry(value).or_insert_with(|| vec![0; 4])[*label as usize] += 1;
        }
        let found = tests_of_difference::chi2(&table.into_values().collect::<Vec<_>>());
        close(found.statistic, statistic, name);
        close(found.cramers_v, cramers_v, name);
        assert_eq!(found.dof, dof);
    }
}

/// `DBSCAN(eps=.5, min_samples=10).fit(x)`: core samples, noise, sizes, and two checksums over rows `i` of the labels and of
/// `core_sample_indices_`: `sum((i + 1) * (label + 2))` and `sum(i + 1)`.
#[test]
fn dbscan_agrees() {
    let Some(real) = real() else { return };
    let found = dbscan::fit(real.x.view(), &dbscan::DbscanParams { eps: 0.5, min_samples: 10 }, &Silent).unwrap();
    assert_eq!(found.core_samples.len(), 1997);
    assert_eq!(found.labels.iter().filter(|label| **label < 0).count(), 78);
    let sizes: Vec<usize> =
        (0..found.n_clusters as i32).map(|c| found.labels.iter().filter(|label| **label == c).count()).collect();
    assert_eq!(sizes, [2036, 71, 22, 9, 16]);
    assert_eq!(found.labels.iter().zip(1_i64..).map(|(label, i)| i * i64::from(label + 2)).sum::<i64>(), 5135239);
    assert_eq!(found.core_samples.iter().map(|row| row + 1).sum::<usize>(), 2227619);
}

/// `NearestNeighbors(n_neighbors=10).fit(x).kneighbors(x)[0][:, -1]`, sorted descending: elements 0, 1000, last; sum.
#[test]
fn neighbour_distances_agree() {
    let Some(real) = real() else { return };
    let found = dbscan::k_distances(real.x.view(), 10, &Silent).unwrap();
    close(found[0], 3.1142081492366747, "largest");
    close(found[1000], 0.24110230597649496, "thousandth");
    close(found[found.len() - 1], 0.06187904571228258, "smallest");
    close(found.iter().sum(), 627.8050553390517, "sum");
    let eps = dbscan::suggest_eps(&found).unwrap();
    eprintln!("suggested eps {eps}");
    assert!((0.3..0.8).contains(&eps), "{eps}");
}

#[test]
fn principal_components() {
    let Some(real) = real() else { return };
    let found = pca::fit(real.x.view()).unwrap();
    found.explained_variance_ratio.iter().zip(RATIOS).for_each(|(found, expected)| close(*found, expected, "ratio"));
    for (found, expected) in found.components.iter().zip(COMPONENTS.iter().flatten()) {
        close(found.abs(), *expected, "component");
    }
}

/// `KneeLocator(range(1, 11), inertias, curve="convex", direction="decreasing", S=1.0).knee` is 3.
#[test]
fn the_sweep_bends_where_kneed_says() {
    let Some(real) = real() else { return };
    let scores = select_k::sweep(real.x.view(), 1..=10, &KMeansParams::default(), 10_000, &Silent).unwrap();
    let scores: Vec<select_k::KScore> = scores.into_iter().map(|(score, _)| score).collect();
    for (score, expected) in scores.iter().zip(&K_MEANS) {
        assert!(score.inertia <= expected[0] * (1.0 + 1e-6), "k = {}: {} {}", score.k, score.inertia, expected[0]);
    }
    let consensus = select_k::consensus(&scores).unwrap();
    assert_eq!(consensus.votes[0].1, Some(3));
    eprintln!("{consensus:?}");
}
