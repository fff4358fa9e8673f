package dev.slipway.layering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.store.Closure;
import dev.slipway.store.StorePath;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every layering, whatever the graph. A new one joins the list. */
class LayeringContractTest {
  private static final int BUDGET = 7;

  static List<Layering> layerings() {
    return List.of(
        new PopularityLayering(),
        new SizeLayering(),
        new PipelineLayering(
            List.of(
                new LayeringOperation.PopularityContest(),
                new LayeringOperation.LimitLayers(BUDGET))));
  }

  @ParameterizedTest
  @MethodSource("layerings")
  void everyPathIsInOneGroupAndNoGroupIsEmptyOrTooMany(Layering layering) throws Exception {
    for (int seed = 0; seed < 200; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      Closure closure = Sketch.random(random, random.nextInt(0, 100), random.nextBoolean());
      LayeringInput input =
          new LayeringInput(closure, Sketch.some(random, closure), Sketch.some(random, closure));

      List<List<StorePath>> groups = layering.partition(input, BUDGET);

      assertThat(groups.stream().flatMap(List::stream))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(closure.paths());
      assertThat(groups).as("seed %d", seed).hasSizeLessThanOrEqualTo(BUDGET);
      assertThat(groups).as("seed %d", seed).noneMatch(List::isEmpty);
    }
  }
}
