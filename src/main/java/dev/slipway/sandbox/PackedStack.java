package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A stack whose layers lie on a disk as tars, rewritten for overlayfs: what it has is what will be
 * there when they are unpacked.
 *
 * @param layers the layers, the highest first
 */
record PackedStack(TarDisk disk, List<TarDisk.Place> layers) implements ImpliedDirectories.Stack {
  private static final int BUFFER = 64 << 10;

  @Override
  public List<Map<RawName, Optional<TarMember>>> find(Set<RawName> paths) throws IOException {
    List<Map<RawName, Optional<TarMember>>> found = new ArrayList<>();
    for (TarDisk.Place layer : layers) {
      try (InputStream in = new BufferedInputStream(disk.read(layer), BUFFER)) {
        found.add(find(paths, new TarReader(in, "what a layer was rewritten to")));
      }
    }
    return found;
  }

  private static Map<RawName, Optional<TarMember>> find(Set<RawName> paths, TarReader reader)
      throws IOException {
    Map<RawName, Optional<TarMember>> found = new HashMap<>();
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      byte[] name = member.header().name().toBytes();
      boolean directory = member.header().type() == TarHeader.Type.DIRECTORY;
      int end = directory ? name.length - 1 : name.length;
      if (end <= 2) {
        continue; // The root.
      }
      RawName path = RawName.ofBytes(Arrays.copyOfRange(name, 2, end)); // Without "./".
      for (RawName above : ImpliedDirectories.way(path)) {
        if (!above.equals(path) && paths.contains(above)) {
          found.computeIfAbsent(above, at -> Optional.of(ImpliedDirectories.madeUp(at)));
        }
      }
      if (paths.contains(path)) {
        found.put(path, directory ? Optional.of(member) : Optional.empty());
      }
    }
    return found;
  }
}
