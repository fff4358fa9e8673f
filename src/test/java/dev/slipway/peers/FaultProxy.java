package dev.slipway.peers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands before a registry that speaks plain HTTP, hands on what is said, one request for each
 * connection, and does the damage that it is told to.
 */
public final class FaultProxy implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: ([0-9]+)\r\n");
  private static final int SLOW_BYTES = 5000;
  private static final int TLS_HANDSHAKE = 0x16;
  private static final String END = "\r\n\r\n";

  private final ServerSocket server;
  private final int target;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Rule> rules = new CopyOnWriteArrayList<>();

  /** What was asked for, in order. */
  public final List<Request> seen = new CopyOnWriteArrayList<>();

  /**
   * A request.
   *
   * @param method what is done
   * @param target path and query
   * @param head all that stands before the body
   */
  public record Request(String method, String target, String head) {
    /** Whether this header is there. */
    public boolean has(String header) {
      return head.toLowerCase(Locale.ROOT).contains("\r\n" + header.toLowerCase(Locale.ROOT) + ":");
    }

    long length() {
      return FaultProxy.length(head);
    }

    @Override
    public String toString() {
      return method + " " + target;
    }
  }

  /** What is done in place of handing a request on; false if it is to be handed on after all. */
  @FunctionalInterface
  public interface Fault {
    boolean does(Exchange exchange) throws IOException;
  }

  private record Rule(String method, String target, AtomicInteger left, Fault fault) {}

  /** Stands before what listens at {@code target}. */
  public FaultProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  /** What the registry is called in references that lead through here. */
  public String domain() {
    return "localhost:" + server.getLocalPort();
  }

  /** The next {@code times} requests like this fare so. */
  public void next(int times, String method, String target, Fault fault) {
    rules.add(new Rule(method, target, new AtomicInteger(times), fault));
  }

  /** All requests like this fare so. */
  public void always(String method, String target, Fault fault) {
    next(Integer.MAX_VALUE, method, target, fault);
  }

  /** From now on nothing is damaged, and what was asked for before is forgotten. */
  public void behave() {
    rules.clear();
    seen.clear();
  }

  /** Whether all that was to happen a number of times has happened as often. */
  public boolean isSpent() {
    return rules.stream().allMatch(rule -> rule.left().get() == 0);
  }

  /** Requests of this method. */
  public List<Request> seen(String method) {
    return seen.stream().filter(request -> request.method().equals(method)).toList();
  }

  // -- Faults

  /** Answers so, once it has read what was sent. */
  public static Fault answer(int status, String... headers) {
    return exchange -> {
      exchange.readBody();
      StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Because\r\n");
      for (int i = 0; i < headers.length; i += 2) {
        head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
      }
      exchange.toClient(head + "Content-Length: 0\r\nConnection: close" + END);
      return true;
    };
  }

  /** Answers with this document. */
  public static Fault document(String json) {
    return exchange -> {
      exchange.readBody();
      exchange.toClient(
          "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close%s%s"
              .formatted(json.length(), END, json));
      return true;
    };
  }

  /** Hands on so many bytes of what is sent, and then cuts both connections. */
  public static Fault cutRequest(long after) {
    return exchange -> {
      exchange.cutRequest(after);
      return true;
    };
  }

  /** Lets the registry do what it is asked, and hands on so many bytes of the answer's body. */
  public static Fault cutAnswer(long after) {
    return exchange -> {
      exchange.forward(exchange.request.head(), new Damage(head -> head, after, -1, false));
      return true;
    };
  }

  /** Lets the registry do what it is asked, and does not hand on a word of the answer. */
  public static Fault dropAnswer() {
    return exchange -> {
      exchange.forward(exchange.request.head(), new Damage(_ -> "", 0, -1, false));
      return true;
    };
  }

  /** Hands on an answer that seems whole, but is shorter. */
  public static Fault truncate(long length) {
    return exchange -> {
      UnaryOperator<String> shorter =
          head -> LENGTH.matcher(head).replaceAll("\r\nContent-Length: " + length + "\r\n");
      exchange.forward(exchange.request.head(), new Damage(shorter, length, -1, false));
      return true;
    };
  }

  /** Hands on an answer in which one byte is another. */
  public static Fault corruptAnswer(long position) {
    return exchange -> {
      exchange.forward(
          exchange.request.head(), new Damage(head -> head, Long.MAX_VALUE, position, false));
      return true;
    };
  }

  /** Hands on what is sent with one byte changed. */
  public static Fault corruptRequest(long position) {
    return exchange -> {
      exchange.corrupted = position;
      exchange.forward(exchange.request.head(), Damage.NONE);
      return true;
    };
  }

  /** Hands on the beginning of an answer byte by byte. */
  public static Fault dribble() {
    return exchange -> {
      exchange.forward(exchange.request.head(), new Damage(head -> head, Long.MAX_VALUE, -1, true));
      return true;
    };
  }

  /** Hands on an answer whose head reads otherwise. */
  public static Fault saying(UnaryOperator<String> head) {
    return exchange -> {
      exchange.forward(exchange.request.head(), new Damage(head, Long.MAX_VALUE, -1, false));
      return true;
    };
  }

  /** Hands on an answer in which a header has this value. */
  public static Fault saying(String header, String value) {
    return saying(head ->
        head.replaceFirst("(?i)\r\n" + header + ": [^\r]*", "")
            .replaceFirst("\r\n", "\r\n" + header + ": " + value + "\r\n"));
  }

  /** Asks for something else than it was asked for. */
  public static Fault asking(UnaryOperator<String> head) {
    return exchange -> {
      exchange.forward(head.apply(exchange.request.head()), Damage.NONE);
      return true;
    };
  }

  /** Reads what is sent and says nothing any more. */
  public Fault stall() {
    return exchange -> {
      exchange.readBody();
      await();
      return true;
    };
  }

  /** Hands on so many bytes of the answer's body, and nothing more. */
  public Fault stallAfter(long count) {
    return exchange -> {
      exchange.forward(exchange.request.head(), new Damage(head -> head, count, -1, false));
      await();
      return true;
    };
  }

  private void await() throws IOException {
    try {
      closed.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /**
   * What is done to an answer.
   *
   * @param head the head that is handed on in place of the true one
   * @param length how many bytes of the body are handed on
   * @param corrupted which byte of it is changed
   * @param slow whether each byte is sent for itself
   */
  private record Damage(UnaryOperator<String> head, long length, long corrupted, boolean slow) {
    static final Damage NONE = new Damage(head -> head, Long.MAX_VALUE, -1, false);
  }

  // -- The proxy

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(client));
      } catch (IOException _) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedInputStream in = new BufferedInputStream(client.getInputStream());
      in.mark(1);
      if (in.read() == TLS_HANDSHAKE) {
        return;
      }
      in.reset();
      String head = head(in);
      String[] words = head.substring(0, head.indexOf('\r')).split(" ", -1);
      Exchange exchange = new Exchange(new Request(words[0], words[1], head), in, client);
      seen.add(exchange.request);
      for (Rule rule : rules) {
        if (words[0].matches(rule.method())
            && words[1].matches(rule.target())
            && rule.left().getAndUpdate(left -> Math.max(left - 1, 0)) > 0
            && rule.fault().does(exchange)) {
          return;
        }
      }
      exchange.forward(head, Damage.NONE);
    } catch (IOException _) {
      // Both sides see what comes of it.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf(END) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended early");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static long length(String head) {
    Matcher length = LENGTH.matcher(head);
    return length.find() ? Long.parseLong(length.group(1)) : 0;
  }

  /** One request and its answer. */
  public final class Exchange {
    /** What is asked. */
    public final Request request;

    private final InputStream in;
    private final Socket client;
    private long corrupted = -1;

    private Exchange(Request request, InputStream in, Socket client) {
      this.request = request;
      this.in = in;
      this.client = client;
    }

    private void readBody() throws IOException {
      copyBody(OutputStream.nullOutputStream(), request.length());
    }

    private void toClient(String text) throws IOException {
      client.getOutputStream().write(text.getBytes(ISO_8859_1));
      client.getOutputStream().flush();
      client.shutdownOutput();
    }

    private void copyBody(OutputStream out, long count) throws IOException {
      byte[] buffer = new byte[8192];
      for (long at = 0; at < count; ) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, count - at));
        if (read < 0) {
          throw new IOException("ended early");
        }
        if (corrupted >= at && corrupted < at + read) {
          buffer[(int) (corrupted - at)] ^= 1;
        }
        out.write(buffer, 0, read);
        at += read;
      }
      out.flush();
    }

    private Socket connect(String head) throws IOException {
      Socket registry = new Socket(InetAddress.getLoopbackAddress(), target);
      String alone =
          head.replaceAll("(?i)\r\n(Connection|Upgrade|HTTP2-Settings): [^\r]*", "")
              .replaceFirst("\r\n", "\r\nConnection: close\r\n");
      registry.getOutputStream().write(alone.getBytes(ISO_8859_1));
      return registry;
    }

    private void cutRequest(long after) throws IOException {
      try (Socket registry = connect(request.head())) {
        copyBody(registry.getOutputStream(), Math.min(after, request.length()));
        registry.shutdownOutput();
        // Only when the registry has noticed is it the client's turn.
        registry.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    }

    private void forward(String head, Damage damage) throws IOException {
      try (Socket registry = connect(head)) {
        copyBody(registry.getOutputStream(), request.length());
        InputStream answer = new BufferedInputStream(registry.getInputStream());
        OutputStream out = new BufferedOutputStream(client.getOutputStream());
        out.write(damage.head().apply(head(answer)).getBytes(ISO_8859_1));
        for (long at = 0; at < damage.length(); at++) {
          int next = answer.read();
          if (next < 0) {
            break;
          }
          out.write(at == damage.corrupted() ? next ^ 1 : next);
          if (damage.slow() && at < SLOW_BYTES) {
            out.flush();
          }
        }
        out.flush();
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
  }
}
