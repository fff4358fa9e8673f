package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which paths layers hold that lie one over the other. Whiteouts and opaque markers (OCI image
 * specification, layer.md, "Whiteouts") hide what lower layers have, and so does whatever is no
 * directory what they have below it. Paths have no slash at either end.
 */
public final class LayerPaths {
  private static final RawName SLASH = RawName.of("/");

  /** The byte behind the slash: where what is below a directory ends. */
  private static final RawName BEHIND_SLASH = RawName.of("0");

  private static final RawName HERE = RawName.of(".");
  private static final RawName WHITEOUT = RawName.of(".wh.");
  private static final RawName RESERVED = RawName.of(".wh..wh.");
  private static final RawName OPAQUE = RawName.of(".wh..wh..opq");

  private final Predicate<RawName> wanted;
  private final NavigableSet<RawName> present = new TreeSet<>();

  /**
   * Of no layers yet.
   *
   * @param wanted which paths will be asked for; others are forgotten
   */
  public LayerPaths(Predicate<RawName> wanted) {
    this.wanted = wanted;
  }

  /** Whether there is a file of this path. */
  public boolean contains(RawName path) {
    return present.contains(path);
  }

  /**
   * Puts a layer on top.
   *
   * @param tar the layer; absolute names in it are taken from the root
   * @throws IOException if it cannot be read
   */
  public void add(TarReader tar) throws IOException {
    NavigableSet<RawName> own = new TreeSet<>();
    for (TarMember member = tar.next(); member != null; member = tar.next()) {
      List<RawName> names =
          StoreLinks.split(member.header().name()).stream().filter(n -> !n.equals(HERE)).toList();
      if (names.isEmpty()) {
        continue;
      }
      RawName last = names.getLast();
      RawName directory = join(names.subList(0, names.size() - 1));
      if (last.equals(OPAQUE)) {
        hideBelow(directory, present);
      } else if (startsWith(last, WHITEOUT)) {
        if (!startsWith(last, RESERVED)) {
          byte[] hidden = last.toBytes();
          RawName name =
              RawName.ofBytes(Arrays.copyOfRange(hidden, WHITEOUT.length(), hidden.length));
          RawName path = child(directory, name);
          present.remove(path);
          hideBelow(path, present);
        }
      } else {
        RawName path = join(names);
        if (member.header().type() != TarHeader.Type.DIRECTORY) {
          hideBelow(path, present);
          hideBelow(path, own);
        }
        if (wanted.test(path)) {
          own.add(path);
        }
      }
    }
    present.addAll(own);
  }

  /** Adds all that is in a tree. */
  public void add(TreeNode.Directory root) {
    add(RawName.of(""), root);
  }

  private void add(RawName path, TreeNode.Directory directory) {
    directory
        .children()
        .forEach((name, node) -> {
          RawName below = child(path, name);
          if (wanted.test(below)) {
            present.add(below);
            if (node instanceof TreeNode.Directory folder) {
              add(below, folder);
            }
          }
        });
  }

  private static void hideBelow(RawName directory, NavigableSet<RawName> paths) {
    if (directory.length() == 0) {
      paths.clear();
    } else {
      paths.subSet(directory.append(SLASH), directory.append(BEHIND_SLASH)).clear();
    }
  }

  private static RawName join(List<RawName> names) {
    RawName path = RawName.of("");
    for (RawName name : names) {
      path = child(path, name);
    }
    return path;
  }

  private static RawName child(RawName directory, RawName name) {
    return directory.length() == 0 ? name : directory.append(SLASH).append(name);
  }

  private static boolean startsWith(RawName name, RawName prefix) {
    if (name.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (name.at(i) != prefix.at(i)) {
        return false;
      }
    }
    return true;
  }
}
