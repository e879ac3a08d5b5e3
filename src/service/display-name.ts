/**
 * Names for people. A name is unique in its server (the number is) and free of `/` and `:`: programs make artifact names of it.
 */
const adjectives =
  'amber brisk calm clever cosmic crisp daring eager early fleet gentle golden happy honest humble ivory jolly keen kind light lively lucid lunar mellow misty noble polar proud quick quiet rapid ripe rosy royal silent silver smooth snowy solar steady still stoic sunny swift tidy twilit vivid warm wise young'.split(
    ' ',
  );
const nouns =
  'aspen badger beacon birch breeze brook canyon cedar cloud comet coral crane delta dune ember falcon fern finch fjord forest glacier grove harbor hawk heron hill island lagoon lark leaf maple meadow mesa moon moss oasis ocean otter owl pine plain planet pond prairie rain reef ridge river robin sparrow spruce star stone stream sun thunder tide valley violet wave willow wren'.split(
    ' ',
  );

/** @param number positive, never used before on this server */
export function displayName(number: number): string {
  // Multiplying by a number that shares no factor with the list lengths walks all pairs before one repeats.
  const pair = (number * 2_654_435_761) % (adjectives.length * nouns.length);
  return `${adjectives[pair % adjectives.length]}-${nouns[Math.floor(pair / adjectives.length)]}-${number}`;
}
