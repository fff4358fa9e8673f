package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Shows what a script has left, as the layer that it becomes has it, one line for each file. */
final class Listings {
  private Listings() {}

  static List<String> of(TreeNode.Directory tree) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      measurer.measure(new TreeLayer(tree, 0), null).tar().writeTo(Channels.newChannel(tar));
    }
    List<String> lines = new ArrayList<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()), "result");
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      lines.add(line(member, reader));
    }
    return lines;
  }

  private static String line(TarMember member, TarReader reader) throws IOException {
    var header = member.header();
    StringBuilder line =
        new StringBuilder(
            "%s %04o %d:%d".formatted(header.name(), header.mode(), header.uid(), header.gid()));
    switch (header.type()) {
      case REGULAR ->
          line.append(header.size() > 80 ? " " + header.size() + " bytes" : content(reader));
      case SYMLINK -> line.append(" -> ").append(header.linkName());
      case FIFO -> line.append(" fifo");
      case CHARACTER_DEVICE ->
          line.append(" c ").append(header.deviceMajor()).append(' ').append(header.deviceMinor());
      case BLOCK_DEVICE ->
          line.append(" b ").append(header.deviceMajor()).append(' ').append(header.deviceMinor());
      case DIRECTORY -> {}
      case HARDLINK -> line.append(" = ").append(header.linkName());
    }
    Map<String, RawName> xattrs = new TreeMap<>();
    member.xattrs().forEach((name, value) -> xattrs.put(name, RawName.ofBytes(value)));
    xattrs.forEach((name, value) ->
        line.append(' ')
            .append(name)
            .append('=')
            .append(
                name.startsWith("user.")
                    ? value.toString()
                    : HexFormat.of().formatHex(value.toBytes())));
    return line.toString();
  }

  private static String content(TarReader reader) throws IOException {
    String text = new String(reader.content().readAllBytes(), StandardCharsets.UTF_8);
    return text.isEmpty() ? "" : " '" + text.strip() + "'";
  }
}
