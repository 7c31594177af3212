using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Bench;

/// <summary>Measures round trips of four words, the two ways in turn, and prints the medians.</summary>
internal static class Client
{
    private const int Rounds = 31;
    private const int RoundTrips = 2000;
    private const uint Words = 4;

    public static int Run()
    {
        ulong calls = TaskContext.Endpoint("calls").CPtr;
        using Socket socket = UnixSocketPeer.Connect();
        byte[] buffer = new byte[Words * sizeof(ulong)];
        double[] viaKernel = new double[Rounds], viaSocket = new double[Rounds];
        long allocated = 0;
        for (int round = -1; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            double kernelUs = Time(() => SeL4.Call(calls, new MessageInfo(0, 0, 0, Words)));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            double socketUs = Time(() =>
            {
                socket.Send(buffer);
                socket.Receive(buffer);
            });
            if (round < 0)
                continue;
            viaKernel[round] = kernelUs;
            viaSocket[round] = socketUs;
        }

        SeL4.Call(calls, new MessageInfo(Server.Last, 0, 0, 0));
        Report("SeL4.Call", viaKernel);
        Report("Unix socket", viaSocket);
        double[] ratios = [.. viaKernel.Zip(viaSocket, (kernel, unix) => kernel / unix)];
        Array.Sort(ratios);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"ratio        median {ratios[Rounds / 2]:F2} of {Rounds} pairs (budget 1.50); {allocated / RoundTrips} bytes allocated a call"));
        return 0;
    }

    private static double Time(Action roundTrip)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < RoundTrips; i++)
            roundTrip();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / RoundTrips;
    }

    private static void Report(string name, double[] samples)
    {
        Array.Sort(samples);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-12} round trip {samples[Rounds / 2]:F2} us (min {samples[0]:F2}, max {samples[^1]:F2})"));
    }
}
