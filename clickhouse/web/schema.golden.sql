-- What clickhouse/web makes of an empty engine, by SHOW CREATE TABLE. Written by a test; never run.

CREATE TABLE analytics.agg_events_daily
(
    `event_date` Date COMMENT 'Day, UTC',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(String) COMMENT 'Region',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `browser_name` LowCardinality(String) COMMENT 'Browser',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    `purchases` AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY event_date
ORDER BY (geo_country, geo_region_name, device_type, browser_name)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by day and place';

CREATE TABLE analytics.agg_events_daily_stage
(
    `event_date` Date COMMENT 'Day, UTC',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(String) COMMENT 'Region',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `browser_name` LowCardinality(String) COMMENT 'Browser',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    `purchases` AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY event_date
ORDER BY (geo_country, geo_region_name, device_type, browser_name)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by day and place';

CREATE TABLE analytics.agg_events_hourly
(
    `event_hour` DateTime('UTC') COMMENT 'Hour that they happened in',
    `event_type` LowCardinality(String) COMMENT 'What happened',
    `browser_name` LowCardinality(String) COMMENT 'Browser',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, event_type, browser_name, device_type, geo_country)
TTL event_hour + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by hour';

CREATE TABLE analytics.agg_events_hourly_stage
(
    `event_hour` DateTime('UTC') COMMENT 'Hour that they happened in',
    `event_type` LowCardinality(String) COMMENT 'What happened',
    `browser_name` LowCardinality(String) COMMENT 'Browser',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, event_type, browser_name, device_type, geo_country)
TTL event_hour + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by hour';

CREATE TABLE analytics.agg_funnel_days
(
    `event_date` Date COMMENT 'Day, UTC',
    `device_type` LowCardinality(String) COMMENT 'Device of the visit\'s last event that has one',
    `geo_country` LowCardinality(String) COMMENT 'Country of the last event that has one',
    `utm_source` LowCardinality(String) COMMENT 'What the visit\'s first event came from: source; empty: none',
    `step` UInt8 COMMENT 'How far: 1 anything, 2 a product\'s page, 3 the cart, 4 the checkout, 5 a purchase, one after the other',
    `visits` UInt64 COMMENT 'Visits that came as far as that and no farther' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (step, device_type, geo_country, utm_source)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'How far visits came';

CREATE TABLE analytics.agg_funnel_days_stage
(
    `event_date` Date COMMENT 'Day, UTC',
    `device_type` LowCardinality(String) COMMENT 'Device of the visit\'s last event that has one',
    `geo_country` LowCardinality(String) COMMENT 'Country of the last event that has one',
    `utm_source` LowCardinality(String) COMMENT 'What the visit\'s first event came from: source; empty: none',
    `step` UInt8 COMMENT 'How far: 1 anything, 2 a product\'s page, 3 the cart, 4 the checkout, 5 a purchase, one after the other',
    `visits` UInt64 COMMENT 'Visits that came as far as that and no farther' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (step, device_type, geo_country, utm_source)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'How far visits came';

CREATE TABLE analytics.agg_page_flows
(
    `event_date` Date COMMENT 'Day, UTC',
    `referer` LowCardinality(String) COMMENT 'What led there: a domain, or a path of this site; empty: nothing',
    `referer_is_internal` Bool COMMENT 'Whether that is a path of this site',
    `page` LowCardinality(String) COMMENT 'Path of the page that was entered',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `utm_source` LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    `entries` UInt64 COMMENT 'How often' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (page, referer_is_internal, referer, device_type, geo_country, utm_source)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Ways between pages';

CREATE TABLE analytics.agg_page_flows_stage
(
    `event_date` Date COMMENT 'Day, UTC',
    `referer` LowCardinality(String) COMMENT 'What led there: a domain, or a path of this site; empty: nothing',
    `referer_is_internal` Bool COMMENT 'Whether that is a path of this site',
    `page` LowCardinality(String) COMMENT 'Path of the page that was entered',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `utm_source` LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    `entries` UInt64 COMMENT 'How often' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (page, referer_is_internal, referer, device_type, geo_country, utm_source)
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Ways between pages';

CREATE TABLE analytics.agg_retention
(
    `cohort_date` Date COMMENT 'Day of the users\' first event, UTC',
    `first_utm_source` LowCardinality(String) COMMENT 'What brought them first: source; empty: none',
    `geo_country` LowCardinality(String) COMMENT 'Country seen last',
    `device_type` LowCardinality(String) COMMENT 'Device seen last',
    `users` UInt64 COMMENT 'Users',
    `returned` Array(UInt64) COMMENT 'How many of them came one day later, two days later, …: as many days as there are events of'
)
ENGINE = MergeTree
ORDER BY (cohort_date, first_utm_source, geo_country, device_type)
SETTINGS index_granularity = 8192
COMMENT 'Users by first day, and who came back';

CREATE TABLE analytics.agg_retention_stage
(
    `cohort_date` Date COMMENT 'Day of the users\' first event, UTC',
    `first_utm_source` LowCardinality(String) COMMENT 'What brought them first: source; empty: none',
    `geo_country` LowCardinality(String) COMMENT 'Country seen last',
    `device_type` LowCardinality(String) COMMENT 'Device seen last',
    `users` UInt64 COMMENT 'Users',
    `returned` Array(UInt64) COMMENT 'How many of them came one day later, two days later, …: as many days as there are events of'
)
ENGINE = MergeTree
ORDER BY (cohort_date, first_utm_source, geo_country, device_type)
SETTINGS index_granularity = 8192
COMMENT 'Users by first day, and who came back';

CREATE TABLE analytics.agg_traffic_sources
(
    `event_hour` DateTime('UTC') COMMENT 'Hour that they happened in',
    `utm_source` LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    `utm_medium` LowCardinality(String) COMMENT 'Medium',
    `utm_campaign` LowCardinality(String) COMMENT 'Name',
    `referer_medium` LowCardinality(String) COMMENT 'Kind of the page that led there',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    `purchases` AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, utm_source, utm_medium, utm_campaign, referer_medium)
TTL event_hour + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by traffic source';

CREATE TABLE analytics.agg_traffic_sources_stage
(
    `event_hour` DateTime('UTC') COMMENT 'Hour that they happened in',
    `utm_source` LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    `utm_medium` LowCardinality(String) COMMENT 'Medium',
    `utm_campaign` LowCardinality(String) COMMENT 'Name',
    `referer_medium` LowCardinality(String) COMMENT 'Kind of the page that led there',
    `total_events` AggregateFunction(count) COMMENT 'Events',
    `unique_users` AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    `purchases` AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, utm_source, utm_medium, utm_campaign, referer_medium)
TTL event_hour + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Events by traffic source';

CREATE TABLE analytics.agg_user_days
(
    `event_date` Date COMMENT 'Day, UTC',
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `first_at` DateTime64(3, 'UTC') COMMENT 'First event of the day' CODEC(ZSTD(1)),
    `last_at` DateTime64(3, 'UTC') COMMENT 'Last event of the day' CODEC(ZSTD(1)),
    `events` UInt32 COMMENT 'Events' CODEC(ZSTD(1)),
    `purchases` UInt32 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    `first_utm_source` LowCardinality(String) COMMENT 'What the first event came from: source',
    `first_utm_medium` LowCardinality(String) COMMENT 'Medium',
    `first_utm_campaign` LowCardinality(String) COMMENT 'Campaign',
    `geo_country` LowCardinality(String) COMMENT 'Country of the last event that has one',
    `geo_region_name` LowCardinality(String) COMMENT 'Region of that event',
    `browser_name` LowCardinality(String) COMMENT 'Browser of the last event',
    `device_type` LowCardinality(String) COMMENT 'Device of the last event that has one'
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY user_id
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Days of users';

CREATE TABLE analytics.agg_user_days_stage
(
    `event_date` Date COMMENT 'Day, UTC',
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `first_at` DateTime64(3, 'UTC') COMMENT 'First event of the day' CODEC(ZSTD(1)),
    `last_at` DateTime64(3, 'UTC') COMMENT 'Last event of the day' CODEC(ZSTD(1)),
    `events` UInt32 COMMENT 'Events' CODEC(ZSTD(1)),
    `purchases` UInt32 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    `first_utm_source` LowCardinality(String) COMMENT 'What the first event came from: source',
    `first_utm_medium` LowCardinality(String) COMMENT 'Medium',
    `first_utm_campaign` LowCardinality(String) COMMENT 'Campaign',
    `geo_country` LowCardinality(String) COMMENT 'Country of the last event that has one',
    `geo_region_name` LowCardinality(String) COMMENT 'Region of that event',
    `browser_name` LowCardinality(String) COMMENT 'Browser of the last event',
    `device_type` LowCardinality(String) COMMENT 'Device of the last event that has one'
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY user_id
TTL event_date + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Days of users';

CREATE TABLE analytics.arrived_events
(
    `event_id` UUID COMMENT 'Event'
)
ENGINE = ReplacingMergeTree
ORDER BY event_id
SETTINGS index_granularity = 8192
COMMENT 'Events to be built; empty between builds';

CREATE VIEW analytics.countries_v
(
    `geo_country` String,
    `country_name` Nullable(String)
)
AS SELECT
    tupleElement(country, 1) AS geo_country,
    toNullable(tupleElement(country, 2)) AS country_name
FROM
(
    SELECT arrayJoin([('', '-- не определено --'), ('AD', 'Андорра'), ('AE', 'ОАЭ'), ('AF', 'Афганистан'), ('AG', 'Антигуа и Барбуда'), ('AI', 'Ангилья'), ('AL', 'Албания'), ('AM', 'Армения'), ('AO', 'Ангола'), ('AQ', 'Антарктида'), ('AR', 'Аргентина'), ('AS', 'Американское Самоа'), ('AT', 'Австрия'), ('AU', 'Австралия'), ('AW', 'Аруба'), ('AX', 'Аландские о-ва'), ('AZ', 'Азербайджан'), ('BA', 'Босния и Герцеговина'), ('BB', 'Барбадос'), ('BD', 'Бангладеш'), ('BE', 'Бельгия'), ('BF', 'Буркина-Фасо'), ('BG', 'Болгария'), ('BH', 'Бахрейн'), ('BI', 'Бурунди'), ('BJ', 'Бенин'), ('BL', 'Сен-Бартелеми'), ('BM', 'Бермудские о-ва'), ('BN', 'Бруней'), ('BO', 'Боливия'), ('BQ', 'Бонэйр, Синт-Эстатиус и Саба'), ('BR', 'Бразилия'), ('BS', 'Багамы'), ('BT', 'Бутан'), ('BV', 'о-в Буве'), ('BW', 'Ботсвана'), ('BY', 'Беларусь'), ('BZ', 'Белиз'), ('CA', 'Канада'), ('CC', 'Кокосовые о-ва'), ('CD', 'Конго - Киншаса'), ('CF', 'Центрально-Африканская Республика'), ('CG', 'Конго - Браззавиль'), ('CH', 'Швейцария'), ('CI', 'Кот-д’Ивуар'), ('CK', 'о-ва Кука'), ('CL', 'Чили'), ('CM', 'Камерун'), ('CN', 'Китай'), ('CO', 'Колумбия'), ('CR', 'Коста-Рика'), ('CU', 'Куба'), ('CV', 'Кабо-Верде'), ('CW', 'Кюрасао'), ('CX', 'о-в Рождества'), ('CY', 'Кипр'), ('CZ', 'Чехия'), ('DE', 'Германия'), ('DJ', 'Джибути'), ('DK', 'Дания'), ('DM', 'Доминика'), ('DO', 'Доминиканская Республика'), ('DZ', 'Алжир'), ('EC', 'Эквадор'), ('EE', 'Эстония'), ('EG', 'Египет'), ('EH', 'Западная Сахара'), ('ER', 'Эритрея'), ('ES', 'Испания'), ('ET', 'Эфиопия'), ('FI', 'Финляндия'), ('FJ', 'Фиджи'), ('FK', 'Фолклендские о-ва'), ('FM', 'Федеративные Штаты Микронезии'), ('FO', 'Фарерские о-ва'), ('FR', 'Франция'), ('GA', 'Габон'), ('GB', 'Великобритания'), ('GD', 'Гренада'), ('GE', 'Грузия'), ('GF', 'Французская Гвиана'), ('GG', 'Гернси'), ('GH', 'Гана'), ('GI', 'Гибралтар'), ('GL', 'Гренландия'), ('GM', 'Гамбия'), ('GN', 'Гвинея'), ('GP', 'Гваделупа'), ('GQ', 'Экваториальная Гвинея'), ('GR', 'Греция'), ('GS', 'Южная Георгия и Южные Сандвичевы о-ва'), ('GT', 'Гватемала'), ('GU', 'Гуам'), ('GW', 'Гвинея-Бисау'), ('GY', 'Гайана'), ('HK', 'Гонконг (САР)'), ('HM', 'о-ва Херд и Макдональд'), ('HN', 'Гондурас'), ('HR', 'Хорватия'), ('HT', 'Гаити'), ('HU', 'Венгрия'), ('ID', 'Индонезия'), ('IE', 'Ирландия'), ('IL', 'Израиль'), ('IM', 'о-в Мэн'), ('IN', 'Индия'), ('IO', 'Британская территория в Индийском океане'), ('IQ', 'Ирак'), ('IR', 'Иран'), ('IS', 'Исландия'), ('IT', 'Италия'), ('JE', 'Джерси'), ('JM', 'Ямайка'), ('JO', 'Иордания'), ('JP', 'Япония'), ('KE', 'Кения'), ('KG', 'Киргизия'), ('KH', 'Камбоджа'), ('KI', 'Кирибати'), ('KM', 'Коморы'), ('KN', 'Сент-Китс и Невис'), ('KP', 'КНДР'), ('KR', 'Республика Корея'), ('KW', 'Кувейт'), ('KY', 'о-ва Кайман'), ('KZ', 'Казахстан'), ('LA', 'Лаос'), ('LB', 'Ливан'), ('LC', 'Сент-Люсия'), ('LI', 'Лихтенштейн'), ('LK', 'Шри-Ланка'), ('LR', 'Либерия'), ('LS', 'Лесото'), ('LT', 'Литва'), ('LU', 'Люксембург'), ('LV', 'Латвия'), ('LY', 'Ливия'), ('MA', 'Марокко'), ('MC', 'Монако'), ('MD', 'Молдова'), ('ME', 'Черногория'), ('MF', 'Сен-Мартен'), ('MG', 'Мадагаскар'), ('MH', 'Маршалловы о-ва'), ('MK', 'Северная Македония'), ('ML', 'Мали'), ('MM', 'Мьянма (Бирма)'), ('MN', 'Монголия'), ('MO', 'Макао (САР)'), ('MP', 'Северные Марианские о-ва'), ('MQ', 'Мартиника'), ('MR', 'Мавритания'), ('MS', 'Монтсеррат'), ('MT', 'Мальта'), ('MU', 'Маврикий'), ('MV', 'Мальдивы'), ('MW', 'Малави'), ('MX', 'Мексика'), ('MY', 'Малайзия'), ('MZ', 'Мозамбик'), ('NA', 'Намибия'), ('NC', 'Новая Каледония'), ('NE', 'Нигер'), ('NF', 'о-в Норфолк'), ('NG', 'Нигерия'), ('NI', 'Никарагуа'), ('NL', 'Нидерланды'), ('NO', 'Норвегия'), ('NP', 'Непал'), ('NR', 'Науру'), ('NU', 'Ниуэ'), ('NZ', 'Новая Зеландия'), ('OM', 'Оман'), ('PA', 'Панама'), ('PE', 'Перу'), ('PF', 'Французская Полинезия'), ('PG', 'Папуа — Новая Гвинея'), ('PH', 'Филиппины'), ('PK', 'Пакистан'), ('PL', 'Польша'), ('PM', 'Сен-Пьер и Микелон'), ('PN', 'о-ва Питкэрн'), ('PR', 'Пуэрто-Рико'), ('PS', 'Палестинские территории'), ('PT', 'Португалия'), ('PW', 'Палау'), ('PY', 'Парагвай'), ('QA', 'Катар'), ('RE', 'Реюньон'), ('RO', 'Румыния'), ('RS', 'Сербия'), ('RU', 'Россия'), ('RW', 'Руанда'), ('SA', 'Саудовская Аравия'), ('SB', 'Соломоновы о-ва'), ('SC', 'Сейшельские о-ва'), ('SD', 'Судан'), ('SE', 'Швеция'), ('SG', 'Сингапур'), ('SH', 'о-в Св. Елены'), ('SI', 'Словения'), ('SJ', 'Шпицберген и Ян-Майен'), ('SK', 'Словакия'), ('SL', 'Сьерра-Леоне'), ('SM', 'Сан-Марино'), ('SN', 'Сенегал'), ('SO', 'Сомали'), ('SR', 'Суринам'), ('SS', 'Южный Судан'), ('ST', 'Сан-Томе и Принсипи'), ('SV', 'Сальвадор'), ('SX', 'Синт-Мартен'), ('SY', 'Сирия'), ('SZ', 'Эсватини'), ('TC', 'Тёркс и Кайкос'), ('TD', 'Чад'), ('TF', 'Французские Южные территории'), ('TG', 'Того'), ('TH', 'Таиланд'), ('TJ', 'Таджикистан'), ('TK', 'Токелау'), ('TL', 'Восточный Тимор'), ('TM', 'Туркменистан'), ('TN', 'Тунис'), ('TO', 'Тонга'), ('TR', 'Турция'), ('TT', 'Тринидад и Тобаго'), ('TV', 'Тувалу'), ('TW', 'Тайвань'), ('TZ', 'Танзания'), ('UA', 'Украина'), ('UG', 'Уганда'), ('UM', 'Внешние малые о-ва (США)'), ('US', 'Соединенные Штаты'), ('UY', 'Уругвай'), ('UZ', 'Узбекистан'), ('VA', 'Ватикан'), ('VC', 'Сент-Винсент и Гренадины'), ('VE', 'Венесуэла'), ('VG', 'Виргинские о-ва (Великобритания)'), ('VI', 'Виргинские о-ва (США)'), ('VN', 'Вьетнам'), ('VU', 'Вануату'), ('WF', 'Уоллис и Футуна'), ('WS', 'Самоа'), ('YE', 'Йемен'), ('YT', 'Майотта'), ('ZA', 'Южно-Африканская Республика'), ('ZM', 'Замбия'), ('ZW', 'Зимбабве')]) AS country
);

CREATE VIEW analytics.devices_v
(
    `device_type` String,
    `device_name` Nullable(String)
)
AS SELECT
    tupleElement(device, 1) AS device_type,
    toNullable(tupleElement(device, 2)) AS device_name
FROM
(
    SELECT arrayJoin([('desktop', 'компьютер'), ('phone', 'телефон'), ('tablet', 'планшет'), ('bot', 'бот'), ('', '-- не определено --')]) AS device
);

CREATE TABLE analytics.dim_geo
(
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(String) COMMENT 'Region',
    `geo_timezone` LowCardinality(String) COMMENT 'Time zone of the region\'s last event',
    `geo_latitude` Nullable(Float64) COMMENT 'Degrees north, of the middle of its events',
    `geo_longitude` Nullable(Float64) COMMENT 'Degrees east',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'First event',
    `last_seen_at` DateTime64(3, 'UTC') COMMENT 'Last event',
    `events` UInt64 COMMENT 'Events'
)
ENGINE = MergeTree
ORDER BY (geo_country, geo_region_name)
SETTINGS index_granularity = 8192
COMMENT 'Places';

CREATE TABLE analytics.dim_geo_stage
(
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(String) COMMENT 'Region',
    `geo_timezone` LowCardinality(String) COMMENT 'Time zone of the region\'s last event',
    `geo_latitude` Nullable(Float64) COMMENT 'Degrees north, of the middle of its events',
    `geo_longitude` Nullable(Float64) COMMENT 'Degrees east',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'First event',
    `last_seen_at` DateTime64(3, 'UTC') COMMENT 'Last event',
    `events` UInt64 COMMENT 'Events'
)
ENGINE = MergeTree
ORDER BY (geo_country, geo_region_name)
SETTINGS index_granularity = 8192
COMMENT 'Places';

CREATE TABLE analytics.dim_users
(
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'First event' CODEC(ZSTD(1)),
    `last_seen_at` DateTime64(3, 'UTC') COMMENT 'Last event' CODEC(ZSTD(1)),
    `active_days` UInt32 COMMENT 'Days with an event' CODEC(ZSTD(1)),
    `events` UInt64 COMMENT 'Events' CODEC(ZSTD(1)),
    `purchases` UInt64 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    `first_utm_source` LowCardinality(String) COMMENT 'What brought the user first: source',
    `first_utm_medium` LowCardinality(String) COMMENT 'Medium',
    `first_utm_campaign` LowCardinality(String) COMMENT 'Campaign',
    `geo_country` LowCardinality(String) COMMENT 'Country seen last',
    `geo_region_name` LowCardinality(String) COMMENT 'Region seen last',
    `browser_name` LowCardinality(String) COMMENT 'Browser seen last',
    `device_type` LowCardinality(String) COMMENT 'Device seen last'
)
ENGINE = MergeTree
ORDER BY user_id
SETTINGS index_granularity = 8192
COMMENT 'Users';

CREATE TABLE analytics.dim_users_stage
(
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'First event' CODEC(ZSTD(1)),
    `last_seen_at` DateTime64(3, 'UTC') COMMENT 'Last event' CODEC(ZSTD(1)),
    `active_days` UInt32 COMMENT 'Days with an event' CODEC(ZSTD(1)),
    `events` UInt64 COMMENT 'Events' CODEC(ZSTD(1)),
    `purchases` UInt64 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    `first_utm_source` LowCardinality(String) COMMENT 'What brought the user first: source',
    `first_utm_medium` LowCardinality(String) COMMENT 'Medium',
    `first_utm_campaign` LowCardinality(String) COMMENT 'Campaign',
    `geo_country` LowCardinality(String) COMMENT 'Country seen last',
    `geo_region_name` LowCardinality(String) COMMENT 'Region seen last',
    `browser_name` LowCardinality(String) COMMENT 'Browser seen last',
    `device_type` LowCardinality(String) COMMENT 'Device seen last'
)
ENGINE = MergeTree
ORDER BY user_id
SETTINGS index_granularity = 8192
COMMENT 'Users';

CREATE TABLE analytics.erased_users
(
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `erased_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was asked for'
)
ENGINE = ReplacingMergeTree(erased_at)
ORDER BY user_id
SETTINGS index_granularity = 8192
COMMENT 'Users who were erased';

CREATE TABLE analytics.events_browser_inbox
(
    `kafka_topic` LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    `payload` String COMMENT 'The message as it came',
    `arrived_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When ClickHouse met it',
    `event` Tuple(
        event_id Nullable(UUID),
        user_id Nullable(UUID),
        event_timestamp Nullable(String),
        set_aside Nullable(String),
        event_type Nullable(String),
        browser_name Nullable(String),
        browser_user_agent Nullable(String),
        browser_language Nullable(String)) DEFAULT JSONExtract(payload, 'Tuple(event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String), event_type Nullable(String), browser_name Nullable(String), browser_user_agent Nullable(String), browser_language Nullable(String))') COMMENT 'The record',
    `event_at` Nullable(DateTime64(3, 'UTC')) DEFAULT parseDateTime64BestEffortOrNull(event.event_timestamp, 3, 'UTC') COMMENT 'When it happened',
    `reason` LowCardinality(String) ALIAS multiIf((event.event_id != '00000000-0000-0000-0000-000000000000') AND (event.user_id IS NOT NULL) AND ifNull((event_at >= (queued_at - toIntervalDay(365))) AND (event_at <= (queued_at + toIntervalDay(1))), 0) AND (position(payload, '{', 2) = 0) AND (position(payload, '[') = 0) AND (event.event_type IN ('pageview', 'click', 'search', 'add_to_cart', 'checkout', 'purchase')), '', NOT isValidJSON(payload), 'not JSON', event.set_aside IS NOT NULL, assumeNotNull(event.set_aside), (event.event_id IS NULL) OR (event.event_id = '00000000-0000-0000-0000-000000000000'), 'event_id is no UUID', event.user_id IS NULL, 'user_id is no pseudonym', event_at IS NULL, 'event_timestamp is no time', event_at < (queued_at - toIntervalDay(365)), 'event_timestamp lies more than a year back', event_at > (queued_at + toIntervalDay(1)), 'event_timestamp lies in the future', event.event_type IS NULL, 'no event_type', (event.event_type NOT IN ('pageview', 'click', 'search', 'add_to_cart', 'checkout', 'purchase')), 'unknown event_type', ((position(payload, '{', 2) > 0) OR (position(payload, '[') > 0)) AND arrayExists(name -> (JSONType(payload, name) IN ('Object', 'Array')), ['event_id', 'user_id', 'event_timestamp', 'event_type', 'browser_name', 'browser_user_agent', 'browser_language']), 'an object or a list where a value should be', '') COMMENT 'Why it is no record; empty: it is one'
)
ENGINE = `Null`
COMMENT 'Way in of feed browser_events';

CREATE TABLE analytics.events_browser_raw
(
    `event_id` UUID COMMENT 'Event: the same in all four feeds',
    `event_at` DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `event_type` LowCardinality(String) COMMENT 'What happened: pageview, click, search, add_to_cart, checkout, purchase',
    `browser_name` LowCardinality(Nullable(String)) COMMENT 'Browser',
    `browser_user_agent` LowCardinality(Nullable(String)) COMMENT 'What the browser calls itself',
    `browser_language` LowCardinality(Nullable(String)) COMMENT 'Language that it asks for',
    `kafka_partition` UInt16 COMMENT 'Where the record stands in Kafka: partition' CODEC(ZSTD(1)),
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(ZSTD(1)),
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took it' CODEC(ZSTD(1)),
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse took it: what the layers above are built by' CODEC(ZSTD(1)),
    INDEX arrivals arrived_at TYPE minmax GRANULARITY 64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (event_id, kafka_partition, kafka_offset)
TTL toDateTime(queued_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Feed browser_events: what happened, and in which browser';

CREATE MATERIALIZED VIEW analytics.events_browser_raw_mv TO analytics.events_browser_raw
(
    `event_id` UUID,
    `event_at` DateTime64(3, 'UTC'),
    `user_id` UUID,
    `event_type` String,
    `browser_name` Nullable(String),
    `browser_user_agent` Nullable(String),
    `browser_language` Nullable(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC')
)
AS SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    assumeNotNull(event.event_type) AS event_type,
    event.browser_name AS browser_name,
    event.browser_user_agent AS browser_user_agent,
    event.browser_language AS browser_language,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM analytics.events_browser_inbox
WHERE (reason = '') AND (event.user_id NOT IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE MATERIALIZED VIEW analytics.events_browser_rejected_mv TO analytics.events_rejected
(
    `arrived_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `reason` String,
    `payload` String
)
AS SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_browser_inbox.reason = '', 'the user was erased', events_browser_inbox.reason) AS reason,
    if(events_browser_inbox.reason = '', '', replaceRegexpAll(events_browser_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM analytics.events_browser_inbox
WHERE (events_browser_inbox.reason != '') OR (event.user_id IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE TABLE analytics.events_device_inbox
(
    `kafka_topic` LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    `payload` String COMMENT 'The message as it came',
    `arrived_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When ClickHouse met it',
    `event` Tuple(
        event_id Nullable(UUID),
        user_id Nullable(UUID),
        event_timestamp Nullable(String),
        set_aside Nullable(String),
        os_name Nullable(String),
        os_timezone Nullable(String),
        device_type Nullable(String),
        device_is_mobile Nullable(Bool)) DEFAULT JSONExtract(payload, 'Tuple(event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String), os_name Nullable(String), os_timezone Nullable(String), device_type Nullable(String), device_is_mobile Nullable(Bool))') COMMENT 'The record',
    `event_at` Nullable(DateTime64(3, 'UTC')) DEFAULT parseDateTime64BestEffortOrNull(event.event_timestamp, 3, 'UTC') COMMENT 'When it happened',
    `reason` LowCardinality(String) ALIAS multiIf((event.event_id != '00000000-0000-0000-0000-000000000000') AND (event.user_id IS NOT NULL) AND ifNull((event_at >= (queued_at - toIntervalDay(365))) AND (event_at <= (queued_at + toIntervalDay(1))), 0) AND (position(payload, '{', 2) = 0) AND (position(payload, '[') = 0) AND (event.device_is_mobile IS NOT NULL), '', NOT isValidJSON(payload), 'not JSON', event.set_aside IS NOT NULL, assumeNotNull(event.set_aside), (event.event_id IS NULL) OR (event.event_id = '00000000-0000-0000-0000-000000000000'), 'event_id is no UUID', event.user_id IS NULL, 'user_id is no pseudonym', event_at IS NULL, 'event_timestamp is no time', event_at < (queued_at - toIntervalDay(365)), 'event_timestamp lies more than a year back', event_at > (queued_at + toIntervalDay(1)), 'event_timestamp lies in the future', (event.device_is_mobile IS NULL) AND (JSONType(payload, 'device_is_mobile') != 'Null'), 'device_is_mobile is neither true nor false', ((position(payload, '{', 2) > 0) OR (position(payload, '[') > 0)) AND arrayExists(name -> (JSONType(payload, name) IN ('Object', 'Array')), ['event_id', 'user_id', 'event_timestamp', 'os_name', 'os_timezone', 'device_type', 'device_is_mobile']), 'an object or a list where a value should be', '') COMMENT 'Why it is no record; empty: it is one'
)
ENGINE = `Null`
COMMENT 'Way in of feed device_events';

CREATE TABLE analytics.events_device_raw
(
    `event_id` UUID COMMENT 'Event: the same in all four feeds',
    `event_at` DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `os_name` LowCardinality(Nullable(String)) COMMENT 'Operating system',
    `os_timezone` LowCardinality(Nullable(String)) COMMENT 'Time zone that the device is set to',
    `device_type` LowCardinality(Nullable(String)) COMMENT 'desktop, phone, tablet or bot',
    `device_is_mobile` Nullable(Bool) COMMENT 'Whether it is carried about' CODEC(ZSTD(1)),
    `kafka_partition` UInt16 COMMENT 'Where the record stands in Kafka: partition' CODEC(ZSTD(1)),
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(ZSTD(1)),
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took it' CODEC(ZSTD(1)),
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse took it: what the layers above are built by' CODEC(ZSTD(1)),
    INDEX arrivals arrived_at TYPE minmax GRANULARITY 64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (event_id, kafka_partition, kafka_offset)
TTL toDateTime(queued_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Feed device_events: on what device';

CREATE MATERIALIZED VIEW analytics.events_device_raw_mv TO analytics.events_device_raw
(
    `event_id` UUID,
    `event_at` DateTime64(3, 'UTC'),
    `user_id` UUID,
    `os_name` Nullable(String),
    `os_timezone` Nullable(String),
    `device_type` Nullable(String),
    `device_is_mobile` Nullable(Bool),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC')
)
AS SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.os_name AS os_name,
    event.os_timezone AS os_timezone,
    event.device_type AS device_type,
    event.device_is_mobile AS device_is_mobile,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM analytics.events_device_inbox
WHERE (reason = '') AND (event.user_id NOT IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE MATERIALIZED VIEW analytics.events_device_rejected_mv TO analytics.events_rejected
(
    `arrived_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `reason` String,
    `payload` String
)
AS SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_device_inbox.reason = '', 'the user was erased', events_device_inbox.reason) AS reason,
    if(events_device_inbox.reason = '', '', replaceRegexpAll(events_device_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM analytics.events_device_inbox
WHERE (events_device_inbox.reason != '') OR (event.user_id IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE TABLE analytics.events_geo_inbox
(
    `kafka_topic` LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    `payload` String COMMENT 'The message as it came',
    `arrived_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When ClickHouse met it',
    `event` Tuple(
        event_id Nullable(UUID),
        user_id Nullable(UUID),
        event_timestamp Nullable(String),
        set_aside Nullable(String),
        ip_address Nullable(UUID),
        geo_country Nullable(String),
        geo_region_name Nullable(String),
        geo_timezone Nullable(String),
        geo_latitude Nullable(Float64),
        geo_longitude Nullable(Float64)) DEFAULT JSONExtract(payload, 'Tuple(event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String), ip_address Nullable(UUID), geo_country Nullable(String), geo_region_name Nullable(String), geo_timezone Nullable(String), geo_latitude Nullable(Float64), geo_longitude Nullable(Float64))') COMMENT 'The record',
    `event_at` Nullable(DateTime64(3, 'UTC')) DEFAULT parseDateTime64BestEffortOrNull(event.event_timestamp, 3, 'UTC') COMMENT 'When it happened',
    `reason` LowCardinality(String) ALIAS multiIf((event.event_id != '00000000-0000-0000-0000-000000000000') AND (event.user_id IS NOT NULL) AND ifNull((event_at >= (queued_at - toIntervalDay(365))) AND (event_at <= (queued_at + toIntervalDay(1))), 0) AND (position(payload, '{', 2) = 0) AND (position(payload, '[') = 0) AND ((event.geo_latitude >= -90) AND (event.geo_latitude <= 90)) AND ((event.geo_longitude >= -180) AND (event.geo_longitude <= 180)) AND (event.ip_address IS NOT NULL), '', NOT isValidJSON(payload), 'not JSON', event.set_aside IS NOT NULL, assumeNotNull(event.set_aside), (event.event_id IS NULL) OR (event.event_id = '00000000-0000-0000-0000-000000000000'), 'event_id is no UUID', event.user_id IS NULL, 'user_id is no pseudonym', event_at IS NULL, 'event_timestamp is no time', event_at < (queued_at - toIntervalDay(365)), 'event_timestamp lies more than a year back', event_at > (queued_at + toIntervalDay(1)), 'event_timestamp lies in the future', (event.ip_address IS NULL) AND (JSONType(payload, 'ip_address') != 'Null'), 'ip_address is no pseudonym', ((event.geo_latitude IS NULL) AND (JSONType(payload, 'geo_latitude') != 'Null')) OR ((event.geo_longitude IS NULL) AND (JSONType(payload, 'geo_longitude') != 'Null')), 'a coordinate is no number', (NOT ifNull((event.geo_latitude >= -90) AND (event.geo_latitude <= 90), 1)) OR (NOT ifNull((event.geo_longitude >= -180) AND (event.geo_longitude <= 180), 1)), 'a coordinate is not on Earth', ((position(payload, '{', 2) > 0) OR (position(payload, '[') > 0)) AND arrayExists(name -> (JSONType(payload, name) IN ('Object', 'Array')), ['event_id', 'user_id', 'event_timestamp', 'ip_address', 'geo_country', 'geo_region_name', 'geo_timezone', 'geo_latitude', 'geo_longitude']), 'an object or a list where a value should be', '') COMMENT 'Why it is no record; empty: it is one'
)
ENGINE = `Null`
COMMENT 'Way in of feed geo_events';

CREATE TABLE analytics.events_geo_raw
(
    `event_id` UUID COMMENT 'Event: the same in all four feeds',
    `event_at` DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `ip_address` Nullable(UUID) COMMENT 'Pseudonym of the IP address' CODEC(ZSTD(1)),
    `geo_country` LowCardinality(Nullable(String)) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(Nullable(String)) COMMENT 'Region',
    `geo_timezone` LowCardinality(Nullable(String)) COMMENT 'Time zone of the place',
    `geo_latitude` Nullable(Float64) COMMENT 'Degrees north' CODEC(ZSTD(1)),
    `geo_longitude` Nullable(Float64) COMMENT 'Degrees east' CODEC(ZSTD(1)),
    `kafka_partition` UInt16 COMMENT 'Where the record stands in Kafka: partition' CODEC(ZSTD(1)),
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(ZSTD(1)),
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took it' CODEC(ZSTD(1)),
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse took it: what the layers above are built by' CODEC(ZSTD(1)),
    INDEX arrivals arrived_at TYPE minmax GRANULARITY 64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (event_id, kafka_partition, kafka_offset)
TTL toDateTime(queued_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Feed geo_events: where from';

CREATE MATERIALIZED VIEW analytics.events_geo_raw_mv TO analytics.events_geo_raw
(
    `event_id` UUID,
    `event_at` DateTime64(3, 'UTC'),
    `user_id` UUID,
    `ip_address` Nullable(UUID),
    `geo_country` Nullable(String),
    `geo_region_name` Nullable(String),
    `geo_timezone` Nullable(String),
    `geo_latitude` Nullable(Float64),
    `geo_longitude` Nullable(Float64),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC')
)
AS SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.ip_address AS ip_address,
    event.geo_country AS geo_country,
    event.geo_region_name AS geo_region_name,
    event.geo_timezone AS geo_timezone,
    event.geo_latitude AS geo_latitude,
    event.geo_longitude AS geo_longitude,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM analytics.events_geo_inbox
WHERE (reason = '') AND (event.user_id NOT IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE MATERIALIZED VIEW analytics.events_geo_rejected_mv TO analytics.events_rejected
(
    `arrived_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `reason` String,
    `payload` String
)
AS SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_geo_inbox.reason = '', 'the user was erased', events_geo_inbox.reason) AS reason,
    if(events_geo_inbox.reason = '', '', replaceRegexpAll(events_geo_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM analytics.events_geo_inbox
WHERE (events_geo_inbox.reason != '') OR (event.user_id IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE TABLE analytics.events_location_inbox
(
    `kafka_topic` LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    `payload` String COMMENT 'The message as it came',
    `arrived_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When ClickHouse met it',
    `event` Tuple(
        event_id Nullable(UUID),
        user_id Nullable(UUID),
        event_timestamp Nullable(String),
        set_aside Nullable(String),
        page_url Nullable(String),
        page_url_path Nullable(String),
        referer_url Nullable(String),
        referer_medium Nullable(String),
        utm_source Nullable(String),
        utm_medium Nullable(String),
        utm_campaign Nullable(String),
        utm_content Nullable(String)) DEFAULT JSONExtract(payload, 'Tuple(event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String), page_url Nullable(String), page_url_path Nullable(String), referer_url Nullable(String), referer_medium Nullable(String), utm_source Nullable(String), utm_medium Nullable(String), utm_campaign Nullable(String), utm_content Nullable(String))') COMMENT 'The record',
    `event_at` Nullable(DateTime64(3, 'UTC')) DEFAULT parseDateTime64BestEffortOrNull(event.event_timestamp, 3, 'UTC') COMMENT 'When it happened',
    `reason` LowCardinality(String) ALIAS multiIf((event.event_id != '00000000-0000-0000-0000-000000000000') AND (event.user_id IS NOT NULL) AND ifNull((event_at >= (queued_at - toIntervalDay(365))) AND (event_at <= (queued_at + toIntervalDay(1))), 0) AND (position(payload, '{', 2) = 0) AND (position(payload, '[') = 0), '', NOT isValidJSON(payload), 'not JSON', event.set_aside IS NOT NULL, assumeNotNull(event.set_aside), (event.event_id IS NULL) OR (event.event_id = '00000000-0000-0000-0000-000000000000'), 'event_id is no UUID', event.user_id IS NULL, 'user_id is no pseudonym', event_at IS NULL, 'event_timestamp is no time', event_at < (queued_at - toIntervalDay(365)), 'event_timestamp lies more than a year back', event_at > (queued_at + toIntervalDay(1)), 'event_timestamp lies in the future', ((position(payload, '{', 2) > 0) OR (position(payload, '[') > 0)) AND arrayExists(name -> (JSONType(payload, name) IN ('Object', 'Array')), ['event_id', 'user_id', 'event_timestamp', 'page_url', 'page_url_path', 'referer_url', 'referer_medium', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content']), 'an object or a list where a value should be', '') COMMENT 'Why it is no record; empty: it is one'
)
ENGINE = `Null`
COMMENT 'Way in of feed location_events';

CREATE TABLE analytics.events_location_raw
(
    `event_id` UUID COMMENT 'Event: the same in all four feeds',
    `event_at` DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `page_url` Nullable(String) COMMENT 'Address of the page' CODEC(ZSTD(1)),
    `page_url_path` LowCardinality(Nullable(String)) COMMENT 'Its path',
    `referer_url` Nullable(String) COMMENT 'Page that led there' CODEC(ZSTD(1)),
    `referer_medium` LowCardinality(Nullable(String)) COMMENT 'Kind of it: search, paid, social, email, internal, direct',
    `utm_source` LowCardinality(Nullable(String)) COMMENT 'Campaign: source',
    `utm_medium` LowCardinality(Nullable(String)) COMMENT 'Medium',
    `utm_campaign` LowCardinality(Nullable(String)) COMMENT 'Name',
    `utm_content` LowCardinality(Nullable(String)) COMMENT 'Which of its links',
    `kafka_partition` UInt16 COMMENT 'Where the record stands in Kafka: partition' CODEC(ZSTD(1)),
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(ZSTD(1)),
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took it' CODEC(ZSTD(1)),
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse took it: what the layers above are built by' CODEC(ZSTD(1)),
    INDEX arrivals arrived_at TYPE minmax GRANULARITY 64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (event_id, kafka_partition, kafka_offset)
TTL toDateTime(queued_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Feed location_events: on which page, and who led there';

CREATE MATERIALIZED VIEW analytics.events_location_raw_mv TO analytics.events_location_raw
(
    `event_id` UUID,
    `event_at` DateTime64(3, 'UTC'),
    `user_id` UUID,
    `page_url` Nullable(String),
    `page_url_path` Nullable(String),
    `referer_url` Nullable(String),
    `referer_medium` Nullable(String),
    `utm_source` Nullable(String),
    `utm_medium` Nullable(String),
    `utm_campaign` Nullable(String),
    `utm_content` Nullable(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC')
)
AS SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.page_url AS page_url,
    event.page_url_path AS page_url_path,
    event.referer_url AS referer_url,
    event.referer_medium AS referer_medium,
    event.utm_source AS utm_source,
    event.utm_medium AS utm_medium,
    event.utm_campaign AS utm_campaign,
    event.utm_content AS utm_content,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM analytics.events_location_inbox
WHERE (reason = '') AND (event.user_id NOT IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE MATERIALIZED VIEW analytics.events_location_rejected_mv TO analytics.events_rejected
(
    `arrived_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `reason` String,
    `payload` String
)
AS SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_location_inbox.reason = '', 'the user was erased', events_location_inbox.reason) AS reason,
    if(events_location_inbox.reason = '', '', replaceRegexpAll(events_location_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM analytics.events_location_inbox
WHERE (events_location_inbox.reason != '') OR (event.user_id IN (
    SELECT user_id
    FROM analytics.erased_users
));

CREATE TABLE analytics.events_rejected
(
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    `kafka_topic` LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `reason` LowCardinality(String) COMMENT 'Why it is no record',
    `payload` String COMMENT 'The message as it came, without identifiers' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (kafka_topic, kafka_partition, kafka_offset, queued_at)
TTL toDateTime(queued_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Messages that are no records of their feeds';

CREATE TABLE analytics.fact_events
(
    `event_id` UUID COMMENT 'Event',
    `event_at` DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(DoubleDelta, ZSTD(1)),
    `event_type` LowCardinality(String) COMMENT 'What happened',
    `user_id` UUID COMMENT 'Pseudonym of the user',
    `browser_name` LowCardinality(String) COMMENT 'Browser',
    `browser_user_agent` LowCardinality(String) COMMENT 'What the browser calls itself',
    `browser_language` LowCardinality(String) COMMENT 'Language that it asks for',
    `os_name` LowCardinality(String) COMMENT 'Operating system',
    `os_timezone` LowCardinality(String) COMMENT 'Time zone that the device is set to',
    `device_type` LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    `device_is_mobile` Bool COMMENT 'Whether the device is carried about',
    `ip_address` Nullable(UUID) COMMENT 'Pseudonym of the IP address' CODEC(ZSTD(1)),
    `geo_country` LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    `geo_region_name` LowCardinality(String) COMMENT 'Region',
    `geo_timezone` LowCardinality(String) COMMENT 'Time zone of the place',
    `geo_latitude` Nullable(Float64) COMMENT 'Degrees north' CODEC(ZSTD(1)),
    `geo_longitude` Nullable(Float64) COMMENT 'Degrees east' CODEC(ZSTD(1)),
    `page_url` String COMMENT 'Address of the page' CODEC(ZSTD(1)),
    `page_url_path` LowCardinality(String) COMMENT 'Its path',
    `referer_url` String COMMENT 'Page that led there' CODEC(ZSTD(1)),
    `referer_medium` LowCardinality(String) COMMENT 'Kind of it: search, paid, social, email, internal, direct',
    `utm_source` LowCardinality(String) COMMENT 'Campaign: source',
    `utm_medium` LowCardinality(String) COMMENT 'Medium',
    `utm_campaign` LowCardinality(String) COMMENT 'Name',
    `utm_content` LowCardinality(String) COMMENT 'Which of its links',
    `parts` UInt8 COMMENT 'Feeds that told of it: 1 browser, 2 device, 4 geo, 8 location',
    `version` UInt8 COMMENT 'How many these are: of two rows of an event, the fuller one stays'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(event_at)
ORDER BY (event_at, event_id)
TTL toDateTime(event_at) + toIntervalDay(365)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192, min_parts_to_merge_at_once = 50
COMMENT 'Events, joined from the four feeds';

CREATE TABLE analytics.kept_events
(
    `event_id` UUID COMMENT 'Event'
)
ENGINE = MergeTree
ORDER BY event_id
SETTINGS index_granularity = 8192
COMMENT 'Events whose records are not cleared; empty between clearings';

CREATE TABLE analytics.layer_builds
(
    `layer` LowCardinality(String) COMMENT 'facts, aggregates, users, geo, retention, optimized or cleared (staging)',
    `built_at` DateTime64(6, 'UTC') COMMENT 'When the build ended',
    `upto` DateTime64(6, 'UTC') COMMENT 'What it has seen: arrivals until then (facts), builds of facts until then (the others)',
    `rows` UInt64 COMMENT 'Events looked at (facts), rows written (the others)',
    `days` Array(Date) COMMENT 'Days that it changed',
    `seconds` Float64 COMMENT 'How long it took'
)
ENGINE = MergeTree
ORDER BY (layer, built_at)
TTL toDateTime(built_at) + toIntervalYear(1)
SETTINGS index_granularity = 8192
COMMENT 'Builds of facts, aggregates and dimensions';

CREATE TABLE analytics.quality_results
(
    `checked_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it ran',
    `run_id` String COMMENT 'Airflow\'s run that it belongs to',
    `check_group` LowCardinality(String) COMMENT 'freshness, nulls, duplicates, referential_integrity, consistency, facts or layers',
    `check_name` LowCardinality(String) COMMENT 'Its file below airflow/dags/web/sql/quality',
    `severity` LowCardinality(String) COMMENT 'error: nothing is built on it; warning: it is told',
    `value` Float64 COMMENT 'What was measured',
    `threshold` Float64 COMMENT 'What it may be at most',
    `passed` Bool COMMENT 'Whether it is no more',
    `title` String COMMENT 'For people: what is looked at',
    `message` String COMMENT 'For people: what was found'
)
ENGINE = MergeTree
ORDER BY (check_name, checked_at)
TTL toDateTime(checked_at) + toIntervalYear(1)
SETTINGS index_granularity = 8192
COMMENT 'Results of data quality checks';

CREATE VIEW analytics.recent_days_v
(
    `day` Date
)
AS SELECT DISTINCT arrayJoin(days) AS day
FROM analytics.layer_builds
WHERE (layer = 'facts') AND (built_at > (now() - toIntervalHour(25)));

CREATE VIEW analytics.recent_facts_v
(
    `event_id` UUID,
    `event_at` DateTime64(3, 'UTC'),
    `event_type` LowCardinality(String),
    `user_id` UUID,
    `browser_name` LowCardinality(String),
    `browser_user_agent` LowCardinality(String),
    `browser_language` LowCardinality(String),
    `os_name` LowCardinality(String),
    `os_timezone` LowCardinality(String),
    `device_type` LowCardinality(String),
    `device_is_mobile` Bool,
    `ip_address` Nullable(UUID),
    `geo_country` LowCardinality(String),
    `geo_region_name` LowCardinality(String),
    `geo_timezone` LowCardinality(String),
    `geo_latitude` Nullable(Float64),
    `geo_longitude` Nullable(Float64),
    `page_url` String,
    `page_url_path` LowCardinality(String),
    `referer_url` String,
    `referer_medium` LowCardinality(String),
    `utm_source` LowCardinality(String),
    `utm_medium` LowCardinality(String),
    `utm_campaign` LowCardinality(String),
    `utm_content` LowCardinality(String),
    `parts` UInt8,
    `version` UInt8
)
AS SELECT *
FROM analytics.fact_events
FINAL
WHERE toDate(event_at) IN (
    SELECT day
    FROM analytics.recent_days_v
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
