using System.Buffers;
using Nerdbank.MessagePack;
using PolyType;
using PolyType.Abstractions;

namespace Rel4.Contracts.MessagePack;

/// <summary>Writes and reads a contract's types as MessagePack, by shapes that PolyType's source generator made.</summary>
/// <remarks>
/// Constructs only what the shapes say, and refuses what is nested deeper than 64 levels. Give it a witness' shapes:
/// <c>[GenerateShapeFor&lt;Order&gt;] partial class Shapes;</c> and <c>new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider)</c>.
/// </remarks>
/// <param name="shapes">The shapes of all types that the contract's methods take and return, for which no code is generated.</param>
public sealed class MessagePackContractSerializer(ITypeShapeProvider shapes) : IContractSerializer
{
    private readonly MessagePackSerializer _serializer = new();

    /// <inheritdoc/>
    public void Write<T>(IBufferWriter<byte> writer, T value) => _serializer.Serialize(writer, value, shapes.GetTypeShapeOrThrow<T>());

    /// <inheritdoc/>
    /// <exception cref="MessagePackSerializationException">The bytes are no such value.</exception>
    public T Read<T>(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        T? value = _serializer.Deserialize(ref reader, shapes.GetTypeShapeOrThrow<T>());
        return reader.End ? value! : throw new MessagePackSerializationException("Bytes follow the value.");
    }
}
