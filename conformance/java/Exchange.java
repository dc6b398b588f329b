// The service of ../protocols, in whichever of its versions: most messages answer the value they get.

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.avro.AvroRemoteException;
import org.apache.avro.Protocol;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.ipc.generic.GenericResponder;

final class Exchange extends GenericResponder {
  // Servers run handlers side by side.
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

  Exchange(Protocol protocol) {
    super(protocol);
  }

  @Override
  public Object respond(Protocol.Message message, Object request) throws Exception {
    GenericRecord parameters = (GenericRecord) request;
    Object value = parameters.hasField("value") ? parameters.get("value") : null;
    return switch (message.getName()) {
      case "promoted", "items", "branch", "renamed", "color" -> textOf(value);
      case "join" -> {
        String separator = parameters.hasField("separator") ? parameters.get("separator").toString() : " ";
        yield joined((List<?>) value, separator);
      }
      case "widened" -> {
        boolean isLong = message.getResponse().getType() == Schema.Type.LONG;
        yield isLong ? Long.valueOf((Integer) value) : value;
      }
      case "optional" -> message.getResponse().isUnion() && value.toString().isEmpty() ? null : value;
      case "fail" -> throw failure(value.toString());
      case "note", "turned" -> {
        notes.add(value.toString());
        yield null;
      }
      case "notes" -> new GenericData.Array<>(message.getResponse(), List.copyOf(notes));
      default -> value;
    };
  }

  private static String textOf(Object value) {
    if (value instanceof List<?> list) return joined(list, ",");
    if (value instanceof GenericRecord record) return record.get(0).toString();
    return value.toString();
  }

  private static String joined(List<?> list, String separator) {
    return list.stream().map(Object::toString).collect(Collectors.joining(separator));
  }

  private Exception failure(String how) {
    Schema type = getLocal().getType("conformance." + how);
    if (type == null) return new RuntimeException(how);
    GenericRecord error = new GenericData.Record(type);
    for (Schema.Field field : type.getFields()) {
      error.put(field.name(), switch (field.name()) {
        case "reason" -> "there is no such thing";
        case "hint" -> "look elsewhere";
        case "code" -> 7;
        case "by" -> new GenericData.EnumSymbol(field.schema(), "SPADES");
        case "short" -> true;
        default -> throw new IllegalArgumentException(field.name());
      });
    }
    return new AvroRemoteException(error);
  }
}
