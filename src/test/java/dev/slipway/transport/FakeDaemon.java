package dev.slipway.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Answers at a socket what it was told to, and keeps what it was asked. */
final class FakeDaemon implements AutoCloseable {
  private final ServerSocketChannel server;
  private final Map<String, Answer> answers = new HashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Map<String, byte[]>> loaded = new CopyOnWriteArrayList<>();

  private volatile int enough = -1;
  private volatile byte[] early = {};

  /** An answer's status and body; of several for one question, the last is given again. */
  private record Answer(int status, List<String> bodies) {}

  private FakeDaemon(ServerSocketChannel server) {
    this.server = server;
  }

  static FakeDaemon at(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    FakeDaemon daemon = new FakeDaemon(server);
    Thread.ofPlatform().daemon().start(daemon::serve);
    return daemon;
  }

  /** What it answers to a question, {@code GET /version} for one. */
  synchronized FakeDaemon answer(String question, int status, String... bodies) {
    answers.put(question, new Answer(status, new java.util.ArrayList<>(List.of(bodies))));
    return this;
  }

  /** After so many bytes of what is loaded, it says this and hangs up. */
  FakeDaemon hangUp(int bytes, String lastWords) {
    early = lastWords.getBytes(StandardCharsets.UTF_8);
    enough = bytes;
    return this;
  }

  /** The questions, in order. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  /** The files of each tar that was loaded. */
  List<Map<String, byte[]>> loaded() {
    return List.copyOf(loaded);
  }

  private void serve() {
    while (true) {
      try {
        SocketChannel channel = server.accept();
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (channel) {
                converse(channel);
              } catch (IOException e) {
                // The other side has gone.
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  private void converse(SocketChannel channel) throws IOException {
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
    OutputStream out = Channels.newOutputStream(channel);
    String line = line(in);
    while (!line.isEmpty()) {
      String question = line.substring(0, line.lastIndexOf(' '));
      boolean body = false;
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        body |= header.equalsIgnoreCase("Transfer-Encoding: chunked");
      }
      asked.add(question);
      if (body && enough >= 0) {
        in.readNBytes(enough);
        out.write(early);
        return;
      }
      if (body) {
        loaded.add(files(chunks(in)));
      }
      Answer answer = next(question);
      String text = answer.bodies().getFirst();
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.write(
          "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n"
              .formatted(answer.status(), bytes.length)
              .getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      line = line(in);
    }
  }

  private synchronized Answer next(String question) {
    Answer answer = answers.getOrDefault(question, new Answer(404, List.of("{}")));
    return answer.bodies().size() > 1
        ? new Answer(answer.status(), List.of(answer.bodies().removeFirst()))
        : answer;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    while (next >= 0 && next != '\n') {
      if (next != '\r') {
        line.append((char) next);
      }
      next = in.read();
    }
    return line.toString();
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int size = Integer.parseInt(line(in), 16);
    while (size > 0) {
      all.write(in.readNBytes(size));
      line(in);
      size = Integer.parseInt(line(in), 16);
    }
    line(in);
    return all.toByteArray();
  }

  private static Map<String, byte[]> files(byte[] tar) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar));
    for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
      if (entry.isFile()) {
        files.put(entry.getName(), in.readAllBytes());
      }
    }
    return files;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
