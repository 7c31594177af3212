using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Makes payloads that can be told apart, and moves them.</summary>
internal static class Payload
{
    /// <summary>Makes bytes that depend on their place and the seed.</summary>
    public static byte[] Of(int length, int seed)
    {
        byte[] bytes = new byte[length];
        Fill(bytes, seed);
        return bytes;
    }

    public static void Fill(Span<byte> bytes, int seed)
    {
        uint state = ((uint)seed * 2654435761) | 1;
        foreach (ref byte value in bytes)
        {
            state = (state * 1664525) + 1013904223;
            value = (byte)(state >> 24);
        }
    }

    /// <summary>Sends a message in one record, which must succeed.</summary>
    public static void Send(this ChannelEnd end, ReadOnlySpan<byte> payload, ushort label = 0)
    {
        Assert.Equal(WriteOutcome.Done, end.TryWrite(RecordKind.Send, 0, label, payload));
        end.Flush();
    }

    /// <summary>Reads a message that must be there, and releases it.</summary>
    public static byte[] Receive(this ChannelEnd end) => end.Receive(out _);

    /// <summary>Reads a message that must be there, and releases it.</summary>
    public static byte[] Receive(this ChannelEnd end, out ChannelMessage message)
    {
        Assert.True(end.TryRead(out message), $"nothing to read: {end.State} {end.Violation}");
        byte[] payload = message.Payload.ToArray();
        end.Release(message);
        end.Flush();
        return payload;
    }

    /// <summary>Moves one message of any length, reading on the other side whenever there is no room.</summary>
    public static byte[] Carry(ChannelEnd from, ChannelEnd to, ReadOnlySpan<byte> payload, ushort label = 0)
    {
        var transfer = new MessageTransfer(RecordKind.Send, 0, label);
        byte[]? received = null;
        while (true)
        {
            WriteOutcome outcome = from.TryContinue(ref transfer, payload);
            Assert.True(outcome is WriteOutcome.Done or WriteOutcome.More or WriteOutcome.Full, $"{outcome} {from.Violation}");
            from.Flush();
            if (to.TryRead(out ChannelMessage message))
            {
                Assert.Null(received);
                received = message.Payload.ToArray();
                to.Release(message);
            }

            to.Flush();
            if (outcome == WriteOutcome.Done)
                return received ?? throw new InvalidOperationException("all is written, nothing is read");
        }
    }
}
