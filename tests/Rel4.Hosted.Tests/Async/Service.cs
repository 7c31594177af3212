using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Names what the server of these tests does with a request: its label.</summary>
internal enum Order : ushort
{
    Echo,
    EchoInPlace,
    Drop,
    Hold,
    Checksum,
    Note,
    Notes,
    Badge,
    Fill,
    Exit,

    /// <summary>Replies with the total of a metric.</summary>
    Metric,

    /// <summary>Replies with what the process holds.</summary>
    Holdings,

    /// <summary>As <see cref="Echo"/>, by a writer.</summary>
    EchoByWriter,

    /// <summary>Replies with the executor's turns.</summary>
    Turns,

    /// <summary>Hands the request to a coroutine that fails.</summary>
    Fail,

    /// <summary>As <see cref="Fill"/>, by a coroutine that waits for something else first.</summary>
    FillLater,
}

/// <summary>Is the server of these tests.</summary>
internal static class Service
{
    private const uint MostFilled = 2 << 20;

    private static readonly TimeSpan s_later = TimeSpan.FromMilliseconds(100);

    /// <summary>Does what requests say, one after another.</summary>
    public static void Run()
    {
        if (Environment.GetEnvironmentVariable(SizePrograms.Longest) is { } longest)
            ReL4.MemoryPerPeer = long.Parse(longest, CultureInfo.InvariantCulture);
        ReL4.Run(ServeAsync);
    }

    private static async ValueTask ServeAsync()
    {
        var held = new List<IpcRequest>();
        var notes = new List<byte>();
        using var writer = new MessageWriter();
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            switch ((Order)request.Label)
            {
                case Order.EchoInPlace:
                    await request.ReplyAsync(request.Label, request.Length, request, static (place, request) => request.Payload.CopyTo(place));
                    break;
                case Order.Drop:
                    request.Dispose();
                    break;
                case Order.Hold:
                    held.Add(request);
                    break;
                case Order.Checksum:
                    await request.ReplyAsync(request.Label, BitConverter.GetBytes(Sum(request.Payload)));
                    break;
                case Order.Note:
                    notes.AddRange(request.Payload);
                    request.Dispose();
                    break;
                case Order.Notes:
                    await request.ReplyAsync(request.Label, notes.ToArray());
                    break;
                case Order.Badge:
                    await request.ReplyAsync(request.Label, BitConverter.GetBytes(request.Badge));
                    break;
                case Order.Fill:
                    await FillAsync(request);
                    break;
                case Order.Exit when request.Length == 0:
                    Environment.Exit(1);
                    break;
                case Order.Metric:
                    await request.ReplyAsync(request.Label, BitConverter.GetBytes(Metrics.Total(Encoding.UTF8.GetString(request.Payload.TrimEnd((byte)0)))));
                    break;
                case Order.Holdings:
                    await request.ReplyAsync(request.Label, ProcessHoldings.Measure().ToBytes());
                    break;
                case Order.EchoByWriter:
                    writer.Begin(request, request.Length);
                    writer.Write(request.Payload);
                    await request.ReplyAsync(request.Label, writer);
                    break;
                case Order.Fail:
                    Executor.Current!.Spawn(static request => FailAsync(request), request);
                    break;
                case Order.FillLater:
                    Executor.Current!.Spawn(FillLaterAsync, request);
                    break;
                default:
                    await request.ReplyAsync(request.Label, request.Payload);
                    break;
            }
        }
    }

    private static async ValueTask FillAsync(IpcRequest request) => await request.ReplyAsync(
        request.Label, new byte[request.Length < sizeof(int) ? 0 : Math.Min(MostFilled, BitConverter.ToUInt32(request.Payload))]);

    private static async ValueTask FillLaterAsync(IpcRequest request)
    {
        await Executor.Current!.Delay(s_later);
        await FillAsync(request);
    }

    private static ValueTask FailAsync(IpcRequest request) => throw new FormatException($"{request.Length} bytes are too few");

    /// <summary>Sums bytes up so that their order matters (after FNV-1a, in words of 8 bytes).</summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        const ulong Prime = 0x0000_0100_0000_01B3;
        ulong sum = 0xCBF2_9CE4_8422_2325 ^ (ulong)bytes.Length;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
            sum = ((sum ^ word) * Prime) ^ (sum >> 47);
        foreach (byte value in bytes[^(bytes.Length % sizeof(ulong))..])
            sum = (sum ^ value) * Prime;
        return sum;
    }
}
