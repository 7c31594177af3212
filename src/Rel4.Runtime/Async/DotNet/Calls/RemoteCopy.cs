using System.Buffers;

namespace Rel4.Runtime;

/// <summary>Lends arrays for messages that can't stay where they are.</summary>
internal static class RemoteCopy
{
    /// <summary>Copies bytes into an array of at least their length.</summary>
    public static byte[] Of(ReadOnlySpan<byte> payload)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(copy);
        return copy;
    }

    /// <summary>Has a callback write a message into an array of at least its length. What it leaves out is zero, and nobody's else.</summary>
    public static byte[] Of<TState>(int length, TState state, SpanAction<byte, TState> write)
    {
        byte[] payload = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> place = payload.AsSpan(0, length);
        // The pool is the whole process': its arrays hold what others sent and received.
        place.Clear();
        write(place, state);
        return payload;
    }

    /// <summary>Takes an array back.</summary>
    public static void Return(byte[] copy) => ArrayPool<byte>.Shared.Return(copy);
}
