package dev.slipway.sandbox;

import java.util.Arrays;
import java.util.List;

/**
 * The namespaces of whoever runs this. {@code -Dslipway.ladder=ONE,COPY} says what they fall back
 * on.
 */
class NamespaceSandboxIT extends SandboxContract {
  @Override
  Sandbox sandbox(SandboxSettings settings) {
    return new NamespaceSandbox(settings, ladder());
  }

  private static Ladder ladder() {
    String rungs = System.getProperty("slipway.ladder");
    if (rungs == null) {
      return Ladder.WHOLE;
    }
    List<String> names = Arrays.asList(rungs.split(",", -1));
    return new Ladder(
        Arrays.stream(Ladder.Ids.values()).filter(rung -> names.contains(rung.name())).toList(),
        Arrays.stream(Ladder.Lowers.values()).filter(rung -> names.contains(rung.name())).toList());
  }
}
