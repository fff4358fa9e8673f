package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The members of a {@link TreeLayer}: each directory, then what is in it by the bytes of names. */
final class TreeMembers implements Members {
  private static final RawName NONE = RawName.of("");
  private static final RawName SLASH = RawName.of("/");

  private final TreeLayer layer;

  TreeMembers(TreeLayer layer) {
    this.layer = layer;
  }

  @Override
  public TarDialect dialect() {
    return layer.dialect();
  }

  @Override
  public String describe() {
    return "a tree of files";
  }

  @Override
  public boolean remembered() {
    return true;
  }

  @Override
  public Cursor open(long skipped) {
    Descent descent = new Descent();
    for (long i = 0; i < skipped; i++) {
      descent.next();
    }
    return descent;
  }

  /** A directory whose children are being gone through. */
  private record Level(RawName prefix, Iterator<Map.Entry<RawName, TreeNode>> children) {}

  private final class Descent implements Cursor {
    private final Deque<Level> levels = new ArrayDeque<>();
    private boolean begun;

    @Override
    public @Nullable Member next() {
      if (!begun) {
        begun = true;
        return member(RawName.of("."), layer.root());
      }
      while (!levels.isEmpty()) {
        Level level = levels.element();
        if (level.children().hasNext()) {
          Map.Entry<RawName, TreeNode> child = level.children().next();
          return member(level.prefix().append(child.getKey()), child.getValue());
        }
        levels.pop();
      }
      return null;
    }

    private Member member(RawName name, TreeNode node) {
      return switch (node) {
        case TreeNode.Directory directory -> {
          RawName slashed = name.append(SLASH);
          levels.push(new Level(slashed, directory.children().entrySet().iterator()));
          yield new Member(
              described(
                  TarHeader.Type.DIRECTORY, slashed, directory.mode(), node, 0, directory.xattrs()),
              Content.NONE);
        }
        case TreeNode.Regular(int mode, _, _, Map<String, RawName> xattrs, Content content) ->
            new Member(
                described(TarHeader.Type.REGULAR, name, mode, node, content.size(), xattrs),
                content);
        case TreeNode.Symlink link ->
            plain(TarHeader.Type.SYMLINK, name, 0777, node, link.target());
        case TreeNode.Fifo fifo -> plain(TarHeader.Type.FIFO, name, fifo.mode(), node, NONE);
        case TreeNode.Device device -> {
          TarHeader.Type type =
              device.block() ? TarHeader.Type.BLOCK_DEVICE : TarHeader.Type.CHARACTER_DEVICE;
          TarHeader header =
              header(
                  type,
                  name,
                  device.mode(),
                  node,
                  0,
                  NONE,
                  device.major(),
                  device.minor(),
                  Map.of());
          yield new Member(header, Content.NONE);
        }
      };
    }

    private Member plain(
        TarHeader.Type type, RawName name, int mode, TreeNode node, RawName target) {
      return new Member(header(type, name, mode, node, 0, target, 0, 0, Map.of()), Content.NONE);
    }

    private TarHeader described(
        TarHeader.Type type,
        RawName name,
        int mode,
        TreeNode node,
        long size,
        Map<String, RawName> xattrs) {
      return header(type, name, mode, node, size, NONE, 0, 0, xattrs);
    }

    private TarHeader header(
        TarHeader.Type type,
        RawName name,
        int mode,
        TreeNode node,
        long size,
        RawName target,
        long major,
        long minor,
        Map<String, RawName> xattrs) {
      return new TarHeader(
          type,
          name,
          mode,
          node.uid(),
          node.gid(),
          layer.dialect().userName(node.uid()),
          layer.dialect().groupName(node.gid()),
          size,
          layer.mtime(),
          target,
          major,
          minor,
          xattrs);
    }
  }
}
