package dev.slipway.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an image runs on, in Go's words (OCI image specification, image-index.md, "platform").
 *
 * @param os the operating system
 * @param architecture the processor's architecture
 * @param variant which form of the architecture; empty for none in particular
 */
public record Platform(String os, String architecture, String variant) {
  /** Variants from the most capable to the one that all others can stand in for. */
  private static final Map<String, List<String>> VARIANTS =
      Map.of("arm", List.of("v8", "v7", "v6", "v5"), "arm64", List.of("v8"));

  /** Refuses a platform without operating system or architecture. */
  public Platform {
    if (os.isEmpty() || architecture.isEmpty()) {
      throw new IllegalArgumentException("a platform needs an operating system and architecture");
    }
  }

  /** No variant in particular. */
  public Platform(String os, String architecture) {
    this(os, architecture, "");
  }

  /**
   * Reads {@code OS/ARCHITECTURE[/VARIANT]}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3 || List.of(parts).contains("")) {
      throw new IllegalArgumentException(
          "expected a platform as OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, found '"
              + text
              + "'");
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
  }

  /**
   * The platforms whose images serve this one, best first, as skopeo chooses (containers/image,
   * "platform_matcher"): a variant's own, then those of lesser ones, then those without; where none
   * is asked for, those without, then any.
   */
  public List<Platform> served() {
    List<String> known = VARIANTS.getOrDefault(architecture, List.of());
    List<String> variants = new ArrayList<>();
    if (variant.isEmpty()) {
      variants.add("");
      variants.addAll(known);
    } else {
      int place = known.indexOf(variant);
      variants.addAll(place < 0 ? List.of(variant) : known.subList(place, known.size()));
      variants.add("");
    }
    return variants.stream().map(each -> new Platform(os, architecture, each)).toList();
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
