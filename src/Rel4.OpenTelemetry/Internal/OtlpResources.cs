using System.Buffers;
using System.Text;

namespace Rel4.OpenTelemetry.Internal;

/// <summary>Writes attributes into the resources of an OTLP request, in place of what the sender says by their names.</summary>
/// <remarks>
/// The requests of all signals are alike (opentelemetry-proto, <c>collector/*/v1</c>): field 1, repeated, is what is of one resource (<c>ResourceSpans</c>, …); its field 1 is the resource, whose field 1,
/// repeated, are its attributes, with a key as field 1 and a value as field 2, whose field 1 is a string. Where a message is there twice, readers take both together, so all are looked through, and a resource of
/// these attributes alone is written behind. All else is copied as it is.
/// </remarks>
internal static class OtlpResources
{
    /// <summary>Of all these messages the field that leads to the attributes.</summary>
    private const int Inner = 1;

    /// <summary>More than an exporter has, which sends what is of its own process. Each costs two bytes at the least, and is given all the attributes: with any number, a request of bounded length would become one of none.</summary>
    private const int MostResources = 64;

    /// <summary>Writes the attributes.</summary>
    /// <param name="request">The request.</param>
    /// <param name="attributes">Names and values.</param>
    /// <returns>The request with them.</returns>
    /// <exception cref="FormatException">It is no request, or one of too many resources.</exception>
    public static byte[] Stamp(ReadOnlySpan<byte> request, IEnumerable<KeyValuePair<string, string>> attributes)
    {
        var forced = new ArrayBufferWriter<byte>();
        var names = new HashSet<string>();
        foreach ((string name, string value) in attributes)
        {
            names.Add(name);
            Write(forced, Inner, Concat(Field(1, Encoding.UTF8.GetBytes(name)), Field(2, Field(1, Encoding.UTF8.GetBytes(value)))));
        }

        byte[] resource = Field(Inner, forced.WrittenSpan);
        var stamped = new ArrayBufferWriter<byte>(request.Length + resource.Length + 16);
        int resources = 0;
        Rewrite(request, stamped, part =>
        {
            if (++resources > MostResources)
                throw new FormatException($"The request has more than {MostResources} resources.");
            var written = new ArrayBufferWriter<byte>(part.Length + resource.Length);
            Rewrite(part, written, own =>
            {
                var kept = new ArrayBufferWriter<byte>(own.Length + 1);
                Rewrite(own, kept, attribute => IsNamed(attribute, names) ? null : attribute.ToArray());
                return kept.WrittenSpan.ToArray();
            });
            written.Write(resource);
            return written.WrittenSpan.ToArray();
        });
        return stamped.WrittenSpan.ToArray();
    }

    /// <summary>Copies a message, and what is in its inner field as it is rewritten; without the field where that is null.</summary>
    private static void Rewrite(ReadOnlySpan<byte> message, ArrayBufferWriter<byte> output, Rewriting rewrite)
    {
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Number != Inner)
                output.Write(reader.Field);
            else if (!reader.HasLength)
                throw new FormatException("A message is missing.");
            else if (rewrite(reader.Value) is { } inner)
                Write(output, Inner, inner);
        }
    }

    /// <summary>Tells whether an attribute has one of some names: whichever of its keys a reader takes.</summary>
    private static bool IsNamed(ReadOnlySpan<byte> attribute, HashSet<string> names)
    {
        bool isNamed = false;
        var reader = new ProtobufReader(attribute);
        while (reader.Read())
            isNamed |= reader is { Number: 1, HasLength: true } && names.Contains(Encoding.UTF8.GetString(reader.Value));
        return isNamed;
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> value)
    {
        var field = new ArrayBufferWriter<byte>(value.Length + 16);
        Write(field, number, value);
        return field.WrittenSpan.ToArray();
    }

    private static byte[] Concat(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => [.. first, .. second];

    private static void Write(ArrayBufferWriter<byte> output, int number, ReadOnlySpan<byte> value)
    {
        WriteVarint(output, (uint)((number << 3) | 2));
        WriteVarint(output, (uint)value.Length);
        output.Write(value);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> output, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            output.Write([(byte)(value | 0x80)]);
        output.Write([(byte)value]);
    }

    private delegate byte[]? Rewriting(ReadOnlySpan<byte> inner);
}
