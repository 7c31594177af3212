using System.Text;
using Rel4.OpenTelemetry.Internal;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>A message of protobuf, by the numbers of its fields.</summary>
internal sealed class Message(byte[] content)
{
    /// <summary>Gets the messages in a field.</summary>
    public IReadOnlyList<Message> Messages(int field) => [.. Values(field).Select(value => new Message(value))];

    /// <summary>Gets the text in a field; empty if there is none.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    /// <summary>Gets the bytes in a field; empty if there are none.</summary>
    public byte[] Bytes(int field) => Values(field).FirstOrDefault([]);

    /// <summary>Gets the small number in a field; 0 if there is none.</summary>
    public ulong Number(int field)
    {
        var reader = new ProtobufReader(content);
        while (reader.Read())
        {
            if (reader.Number == field && !reader.HasLength)
                return reader.Field[^1];
        }

        return 0;
    }

    private List<byte[]> Values(int field)
    {
        var values = new List<byte[]>();
        var reader = new ProtobufReader(content);
        while (reader.Read())
        {
            if (reader.Number == field && reader.HasLength)
                values.Add(reader.Value.ToArray());
        }

        return values;
    }
}
