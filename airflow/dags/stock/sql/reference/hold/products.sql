-- Keep what is staged now under a name of this publication's own, by hard links: nobody else can change it any more.
-- {held}: that name. A file for each table, since CLONE AS takes no parameter.
CREATE OR REPLACE TABLE {held:Identifier} CLONE AS products_stage
