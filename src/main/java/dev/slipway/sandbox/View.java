package dev.slipway.sandbox;

import dev.slipway.layer.Layer;
import dev.slipway.oci.DiffId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a script sees of the world, and what counts as its result. */
public sealed interface View {
  /**
   * The script works in a folder that holds the tree, and sees the programs of this machine around
   * it. As root it cannot change these ({@code fakeRootCommands}), as an ordinary user only what
   * the caller can ({@code extraCommands}). The result is the whole tree.
   */
  record Beside() implements View {}

  /**
   * The tree is the script's root directory ({@code enableFakechroot}). {@code /dev}, {@code
   * /proc}, {@code /sys} and the store are there but no part of the tree. The result is the whole
   * tree.
   */
  record Inside() implements View {}

  /**
   * The tree lies above the layers of an image, and all of it together is the script's root
   * directory ({@code runAsRoot}). The result is what is to lie above those layers afterwards:
   * files as they are, whiteouts for what is gone.
   *
   * @param lower the layers, the lowest first
   */
  record Above(List<Layer> lower) implements View {
    /** Takes a copy. */
    public Above {
      lower = List.copyOf(lower);
    }

    /** The layers without repetition: only the highest occurrence of each shows anything. */
    public List<Layer> distinct() {
      Map<DiffId, Layer> highest = new LinkedHashMap<>();
      for (Layer layer : lower.reversed()) {
        highest.putIfAbsent(layer.diffId(), layer);
      }
      return List.copyOf(highest.values()).reversed();
    }
  }
}
