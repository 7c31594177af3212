using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using MemoryPack;
using MessagePack;
using Rel4.Contracts.MessagePack;

namespace Rel4.Bench.Contracts;

/// <summary>Measures serializers that a contract could use, in turn: an order of ten lines, written and read.</summary>
internal static class SerializerBenchmark
{
    private const int Rounds = 50, Times = 2000;

    public static void Run()
    {
        var order = new Order(17, "somebody", [.. Enumerable.Range(0, 10).Select(i => new OrderLine($"item {i}", i, i * 1.5))]);
        MessagePackSerializerOptions untrusted = MessagePackSerializerOptions.Standard.WithSecurity(MessagePackSecurity.UntrustedData);
        var nerdbank = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider);
        (string Name, Action<ArrayBufferWriter<byte>> Write, Action<ReadOnlyMemory<byte>> Read)[] ways =
        [
            ("Nerdbank.MessagePack 1.4", writer => nerdbank.Write(writer, order), bytes => nerdbank.Read<Order>(bytes)),
            ("MessagePack 2.5, untrusted", writer => MessagePackSerializer.Serialize(writer, order, untrusted), bytes => MessagePackSerializer.Deserialize<Order>(bytes, untrusted)),
            ("MemoryPack 1.21", writer => MemoryPackSerializer.Serialize(writer, order), bytes => MemoryPackSerializer.Deserialize<Order>(bytes.Span)),
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
                $"{ways[way].Name,-28} writes in {Median(times[way][0]),6:F0} ns, reads in {Median(times[way][1]),6:F0} ns and {allocated[way]} bytes; {buffers[way].WrittenCount} bytes long"));
        }
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
