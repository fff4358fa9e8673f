package dev.slipway.layering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layering.LayeringOperation.Flatten;
import dev.slipway.layering.LayeringOperation.LimitLayers;
import dev.slipway.layering.LayeringOperation.MapEach;
import dev.slipway.layering.LayeringOperation.Over;
import dev.slipway.layering.LayeringOperation.PathSpec;
import dev.slipway.layering.LayeringOperation.Pipe;
import dev.slipway.layering.LayeringOperation.PopularityContest;
import dev.slipway.layering.LayeringOperation.RemovePaths;
import dev.slipway.layering.LayeringOperation.Reverse;
import dev.slipway.layering.LayeringOperation.SplitEvery;
import dev.slipway.layering.LayeringOperation.SplitPaths;
import dev.slipway.layering.LayeringOperation.SubcomponentIn;
import dev.slipway.layering.LayeringOperation.SubcomponentOut;
import dev.slipway.oci.ImageException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayeringPipelineTest {
  @Test
  void readsEveryOperation() throws Exception {
    assertThat(
            LayeringPipeline.parse(
                List.of(
                    List.of("popularity_contest"),
                    List.of("limit_layers", 3L),
                    List.of("split_paths", List.of("p", Map.of("children_of", List.of("q", "r")))),
                    List.of("split_paths", List.of(Map.of("children_of", "q"))),
                    List.of("subcomponent_out", List.of("p")),
                    List.of("subcomponent_in", "p"),
                    List.of("over", "main", List.of("flatten")),
                    List.of("map", List.of("reverse")),
                    List.of("pipe", List.of(List.of("flatten"), List.of("split_every", 2))),
                    List.of("remove_paths", List.of()))))
        .containsExactly(
            new PopularityContest(),
            new LimitLayers(3),
            new SplitPaths(
                List.of(new PathSpec.Single("p"), new PathSpec.ChildrenOf(List.of("q", "r")))),
            new SplitPaths(List.of(new PathSpec.ChildrenOf(List.of("q")))),
            new SubcomponentOut(List.of("p")),
            new SubcomponentIn(List.of("p")),
            new Over("main", new Flatten()),
            new MapEach(new Reverse()),
            new Pipe(List.of(new Flatten(), new SplitEvery(2))),
            new RemovePaths(List.of()));
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("layeringPipeline: expected a list of operations, got null", null),
        Arguments.of("layeringPipeline: expected a list of operations, got 'flatten'", "flatten"),
        Arguments.of(
            "layeringPipeline[1]: expected an operation [name, argument…], got 'flatten'",
            List.of(List.of("reverse"), "flatten")),
        Arguments.of(
            "layeringPipeline[0]: expected an operation [name, argument…], got null",
            Arrays.asList((Object) null)),
        Arguments.of(
            "layeringPipeline[0]: expected the name of an operation, got an empty list",
            List.of(List.of())),
        Arguments.of(
            "layeringPipeline[0]: expected the name of an operation, got 7", List.of(List.of(7L))),
        Arguments.of(
            "layeringPipeline[0]: unknown operation 'limit_layer'; the nearest known one is"
                + " 'limit_layers'",
            List.of(List.of("limit_layer", 3L))),
        Arguments.of(
            "layeringPipeline[1].map: unknown operation 'split'; the nearest known one is"
                + " 'split_every'",
            List.of(List.of("reverse"), List.of("map", List.of("split")))),
        Arguments.of(
            "layeringPipeline[2].map: expected 1 argument, got 0",
            List.of(List.of("reverse"), List.of("reverse"), List.of("map"))),
        Arguments.of(
            "layeringPipeline[0].flatten: expected no argument, got 1",
            List.of(List.of("flatten", 1L))),
        Arguments.of(
            "layeringPipeline[0].over: expected 2 arguments, got 1",
            List.of(List.of("over", "main"))),
        Arguments.of(
            "layeringPipeline[0].over: expected a key, got a list",
            List.of(List.of("over", List.of("main"), List.of("flatten")))),
        Arguments.of(
            "layeringPipeline[0].pipe[1].limit_layers: expected an integer of at least 1, got 0",
            List.of(List.of("pipe", List.of(List.of("flatten"), List.of("limit_layers", 0L))))),
        Arguments.of(
            "layeringPipeline[0].split_every: expected an integer of at least 1, got 2.5",
            List.of(List.of("split_every", 2.5))),
        Arguments.of(
            "layeringPipeline[0].split_every: expected an integer of at least 1, got '2'",
            List.of(List.of("split_every", "2"))),
        Arguments.of(
            "layeringPipeline[0].split_paths: expected a list of paths, got 'p'",
            List.of(List.of("split_paths", "p"))),
        Arguments.of(
            "layeringPipeline[0].split_paths: expected a path or {children_of: paths}, got a map",
            List.of(List.of("split_paths", List.of(Map.of("childrenOf", "p"))))),
        Arguments.of(
            "layeringPipeline[0].split_paths.children_of: expected a path, got 1",
            List.of(List.of("split_paths", List.of(Map.of("children_of", List.of(1L)))))),
        Arguments.of(
            "layeringPipeline[0].remove_paths: expected a path, got a list",
            List.of(List.of("remove_paths", List.of(List.of("p"))))));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysWhereAndWhatIsWrong(String message, @Nullable Object value) {
    assertThatThrownBy(() -> LayeringPipeline.parse(value))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
  }

  @Test
  void takesCountsThatAreLargerThanAnyClosure() throws Exception {
    assertThat(LayeringPipeline.parse(List.of(List.of("split_every", BigInteger.TEN.pow(30)))))
        .containsExactly(new SplitEvery(Integer.MAX_VALUE));
  }
}
