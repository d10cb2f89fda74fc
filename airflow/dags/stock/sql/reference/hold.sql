-- Keep what is staged now under a name of this publication's own, by hard links: nobody else can change it any more.
CREATE OR REPLACE TABLE {held:Identifier} CLONE AS {stage:Identifier}
