using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MemoryPack;
using MessagePack;
using Rel4.Contracts.MessagePack;

namespace Rel4.Bench.Contracts;

/// <summary>Measures serializers that a contract could use, in turn: an order of ten lines, written and read; and looks what each makes of a message that goes very deep.</summary>
internal static class SerializerBenchmark
{
    /// <summary>The argument with which this program reads, as one serializer does, what goes very deep; a process of its own, as it may not outlive that.</summary>
    public const string ReadDeep = "serializers-deep";

    private const int Rounds = 50, Times = 2000, Depth = 1_000_000;

    private static readonly MessagePackSerializerOptions s_untrusted = MessagePackSerializerOptions.Standard.WithSecurity(MessagePackSecurity.UntrustedData);

    /// <summary>Reads what goes very deep.</summary>
    /// <returns>0 if it was refused.</returns>
    public static int RunDeep(string name)
    {
        byte[] arrays = [.. Enumerable.Repeat((byte)0x91, Depth), 0xC0];
        byte[] json = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"Inner\":", Depth)) + "null" + new string('}', Depth));
        try
        {
            _ = name[..4] switch
            {
                "Nerd" => new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider).Read<Nest>(arrays),
                "Mess" => MessagePackSerializer.Deserialize<Nest>(arrays, s_untrusted),
                "Memo" => MemoryPackSerializer.Deserialize<Nest>([.. Enumerable.Repeat((byte)1, Depth), 0xFF]),
                _ => JsonSerializer.Deserialize(json, OrderJson.Default.Nest),
            };
            return 1;
        }
        catch (Exception refusal) when (refusal is not OutOfMemoryException)
        {
            return 0;
        }
    }

    public static void Run()
    {
        var order = new Order(17, "somebody", [.. Enumerable.Range(0, 10).Select(i => new OrderLine($"item {i}", i, i * 1.5))]);
        var nerdbank = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider);
        (string Name, Action<ArrayBufferWriter<byte>> Write, Action<ReadOnlyMemory<byte>> Read)[] ways =
        [
            ("Nerdbank.MessagePack 1.4", writer => nerdbank.Write(writer, order), bytes => nerdbank.Read<Order>(bytes)),
            ("MessagePack 2.5, untrusted", writer => MessagePackSerializer.Serialize(writer, order, s_untrusted), bytes => MessagePackSerializer.Deserialize<Order>(bytes, s_untrusted)),
            ("MemoryPack 1.21", writer => MemoryPackSerializer.Serialize(writer, order), bytes => MemoryPackSerializer.Deserialize<Order>(bytes.Span)),
            ("System.Text.Json", writer => JsonSerializer.Serialize(new Utf8JsonWriter(writer), order, OrderJson.Default.Order), bytes => JsonSerializer.Deserialize(bytes.Span, OrderJson.Default.Order)),
        ];
        var buffers = new ArrayBufferWriter<byte>[ways.Length];
        var times = new double[ways.Length][][];
        long[] allocated = new long[ways.Length];
        for (int round = -Rounds; round < Rounds; round++)
        {
            for (int way = 0; way < ways.Length; way++)
            {
                ArrayBufferWriter<byte> buffer = buffers[way] ??= new ArrayBufferWriter<byte>(4096);
                times[way] ??= [new double[Rounds], new double[Rounds]];
                double write = Time(() =>
                {
                    buffer.ResetWrittenCount();
                    ways[way].Write(buffer);
                });
                long before = GC.GetAllocatedBytesForCurrentThread();
                double read = Time(() => ways[way].Read(buffer.WrittenMemory));
                allocated[way] = (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
                // The first half is for the compiler.
                if (round >= 0)
                    (times[way][0][round], times[way][1][round]) = (write, read);
            }
        }

        for (int way = 0; way < ways.Length; way++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ways[way].Name,-28} writes in {Median(times[way][0]),6:F0} ns, reads in {Median(times[way][1]),6:F0} ns and {allocated[way]} bytes; {buffers[way].WrittenCount} bytes long; {Depth:N0} deep: {EndOfDeep(ways[way].Name)}"));
        }
    }

    private static string EndOfDeep(string name)
    {
        using Process reader = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [ReadDeep, name]) { RedirectStandardError = true })!;
        // What a stack that overflows writes is long.
        reader.StandardError.ReadToEnd();
        reader.WaitForExit();
        return reader.ExitCode switch
        {
            0 => "refused",
            1 => "read",
            _ => "the process ends",
        };
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Times; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Times;
    }

    private static double Median(double[] times) => times.Order().ElementAt(times.Length / 2);
}
