using System.Buffers;

namespace Rel4.Contracts;

/// <summary>Writes and reads values for which the generator makes no code of its own: all but primitive types, strings, bytes, enums and arrays of them.</summary>
/// <remarks>
/// What is read came from another process, which may be hostile. An implementation constructs nothing but what the type says, bounds
/// depth and counts by the bytes that there are, and throws where they make no sense. It is used by several threads.
/// </remarks>
public interface IContractSerializer
{
    /// <summary>Writes a value.</summary>
    void Write<T>(IBufferWriter<byte> writer, T value);

    /// <summary>Reads a value that takes all of the bytes.</summary>
    T Read<T>(ReadOnlyMemory<byte> bytes);
}
