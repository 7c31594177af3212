using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Is what the calling thread of a process has counted until now.</summary>
/// <param name="Doorbells">U-notifications that it sent.</param>
/// <param name="AllocatedBytes">What it allocated.</param>
internal readonly record struct Counts(long Doorbells, long AllocatedBytes)
{
    /// <summary>The size in bytes in a message.</summary>
    public const int Size = 2 * sizeof(long);

    /// <summary>What counting itself has allocated.</summary>
    [ThreadStatic]
    private static long t_ownBytes;

    public static Counts Read(DoorbellCounter doorbells)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long rung = doorbells.Read();
        var counts = new Counts(rung, before - t_ownBytes);
        t_ownBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        return counts;
    }

    public static Counts Read(ReadOnlySpan<byte> message) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(message), BinaryPrimitives.ReadInt64LittleEndian(message[sizeof(long)..]));

    /// <summary>Asks a server for its counts.</summary>
    public static async ValueTask<Counts> OfServerAsync(EndpointCap server)
    {
        using IpcResponse answer = await server.CallAsync(AsyncServer.Count);
        return Read(answer.Payload);
    }

    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteInt64LittleEndian(message, Doorbells);
        BinaryPrimitives.WriteInt64LittleEndian(message[sizeof(long)..], AllocatedBytes);
    }

    public static Counts operator -(Counts left, Counts right) =>
        new(left.Doorbells - right.Doorbells, left.AllocatedBytes - right.AllocatedBytes);

    public static Counts operator +(Counts left, Counts right) =>
        new(left.Doorbells + right.Doorbells, left.AllocatedBytes + right.AllocatedBytes);
}
