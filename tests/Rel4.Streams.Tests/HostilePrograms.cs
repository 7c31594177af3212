using System.IO.Pipelines;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;
using Rel4.Streams.Internal;

namespace Rel4.Streams.Tests;

/// <summary>Is what a client does that speaks the protocol by itself, and badly.</summary>
internal static class HostilePrograms
{
    /// <summary>The number of the victim's connection, which the attacker knows.</summary>
    private const ulong Known = 77;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Has a connection of a known number, which another client tries to use meanwhile.</summary>
    public static void ServeAsVictim() => Run(async () =>
    {
        CoTask<IpcResponse> open = Call(StreamRequest.Open, new(Known, StreamProtocol.Version, 0));
        await AnswerAsync(Call(StreamRequest.Read, new(Known, 0, 0)));
        await AnswerAsync(Call(StreamRequest.Write, new(Known, 0, 0), [StreamServer.Echo]));
        // The attacker is through when it has a connection of its own, of that number.
        await Task.Delay(TimeSpan.FromSeconds(1));
        await AnswerAsync(Call(StreamRequest.Write, new(Known, 1, StreamProtocol.Last), "bytes"u8.ToArray()));
        using IpcResponse read = await Call(StreamRequest.Read, new(Known, 1, 0));
        Console.WriteLine(read.Payload.SequenceEqual("bytes"u8) ? "victim's bytes came back" : "something else came");
        await AnswerAsync(Call(StreamRequest.Read, new(Known, 2, 0)));
        await AnswerAsync(open);
    });

    /// <summary>Uses the number of another client's connection.</summary>
    public static void NameAnothers() => Run(async () =>
    {
        for (int i = 0; i < 20; i++)
        {
            StreamAnswer read = await AnswerAsync(Call(StreamRequest.Read, new(Known, 1, 0)));
            StreamAnswer write = await AnswerAsync(Call(StreamRequest.Write, new(Known, 1, StreamProtocol.Last), "forged"u8.ToArray()));
            await AsyncSystem.Endpoint.SendAsync((ushort)StreamRequest.Abort, Message(new(Known, 0, 0)));
            await AsyncSystem.Endpoint.SendAsync((ushort)StreamRequest.Close, Message(new(Known, 0, 0)));
            if (i == 0)
                Console.WriteLine($"Read {read}, Write {write}, Abort sent, Close sent");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    });

    /// <summary>Sends whatever is wrong, and has a connection beside it.</summary>
    public static void SendGarbage() => Run(async () =>
    {
        StreamConnection other = await StreamConnection.ConnectAsync(AsyncSystem.Endpoint);
        await other.Output.WriteAsync(new[] { StreamServer.Echo });
        Console.WriteLine($"empty: {await AnswerAsync(AsyncSystem.Endpoint.CallAsync((ushort)StreamRequest.Open))}");
        Console.WriteLine($"short: {await AnswerAsync(AsyncSystem.Endpoint.CallAsync((ushort)StreamRequest.Write, new byte[15]))}");
        Console.WriteLine($"no connection: {await AnswerAsync(Call(StreamRequest.Read, new(1, 0, 0)))}");
        Console.WriteLine($"other version: {await AnswerAsync(Call(StreamRequest.Open, new(1, 2, 0)))}");
        CoTask<IpcResponse> open = await OpenAsync(2);
        Console.WriteLine($"same number: {await AnswerAsync(Call(StreamRequest.Open, new(2, StreamProtocol.Version, 0)))}");
        await AsyncSystem.Endpoint.SendAsync((ushort)StreamRequest.Open, Message(new(3, StreamProtocol.Version, 0)));
        Console.WriteLine($"send: {(await AnswerAsync(Call(StreamRequest.Read, new(3, 0, 0))) == StreamAnswer.Closed ? "none" : "a connection")}");
        await AnswerAsync(Call((StreamRequest)99, new(2, 0, 0)));
        Console.WriteLine($"unknown label: {await AnswerAsync(open)}");
        await EndsByAsync("wrong sequence", 4, new(4, 7, 0), [StreamServer.Echo]);
        await EndsByAsync("too long", 5, new(5, 0, 0), new byte[StreamProtocol.MaxPiece + 1]);
        open = await OpenAsync(6);
        await AnswerAsync(Call(StreamRequest.Write, new(6, 0, StreamProtocol.Last), [StreamServer.Echo]));
        await AnswerAsync(Call(StreamRequest.Write, new(6, 1, 0), [1]));
        Console.WriteLine($"behind the last: {await AnswerAsync(open)}");
        await SayOtherGoesOnAsync(other);
    });

    /// <summary>Writes, and reads, without waiting for room.</summary>
    public static void OverrunCredit() => Run(async () =>
    {
        StreamConnection other = await StreamConnection.ConnectAsync(AsyncSystem.Endpoint);
        await other.Output.WriteAsync(new[] { StreamServer.Echo });
        CoTask<IpcResponse> open = await OpenAsync(1);
        // Two pieces lie in the buffer, and the window beside them.
        byte[] piece = new byte[StreamProtocol.MaxPiece];
        piece[0] = StreamServer.Stall;
        CoTask<IpcResponse>[] writes = [.. Enumerable.Range(0, 20).Select(number => Call(StreamRequest.Write, new(1, (uint)number, 0), piece))];
        Console.WriteLine($"writes: {await AnswerAsync(open)}");
        foreach (CoTask<IpcResponse> write in writes)
            await AnswerAsync(write);

        open = await OpenAsync(2);
        CoTask<IpcResponse>[] reads = [.. Enumerable.Range(1, StreamProtocol.Window + 1).Select(number => Call(StreamRequest.Read, new(2, (uint)number, 0)))];
        Console.WriteLine($"reads: {await AnswerAsync(open)}");
        foreach (CoTask<IpcResponse> read in reads)
            await AnswerAsync(read);
        await SayOtherGoesOnAsync(other);
    });

    private static async Task SayOtherGoesOnAsync(StreamConnection other)
    {
        await other.Output.WriteAsync("abc"u8.ToArray());
        await other.Output.CompleteAsync();
        ReadResult read = await other.Input.ReadAtLeastAsync(3);
        Console.WriteLine($"other connection: {read.Buffer.Length} bytes");
        other.Input.AdvanceTo(read.Buffer.End);
        await other.DisposeAsync();
    }

    private static async Task EndsByAsync(string what, ulong number, StreamHeader write, byte[] bytes)
    {
        CoTask<IpcResponse> open = await OpenAsync(number);
        await AnswerAsync(Call(StreamRequest.Write, write, bytes));
        Console.WriteLine($"{what}: {await AnswerAsync(open)}");
    }

    private static async Task<CoTask<IpcResponse>> OpenAsync(ulong number)
    {
        CoTask<IpcResponse> open = Call(StreamRequest.Open, new(number, StreamProtocol.Version, 0));
        await AnswerAsync(Call(StreamRequest.Read, new(number, 0, 0)));
        return open;
    }

    private static CoTask<IpcResponse> Call(StreamRequest what, StreamHeader header, params byte[] bytes) =>
        AsyncSystem.Endpoint.CallAsync((ushort)what, Message(header, bytes));

    private static byte[] Message(StreamHeader header, params byte[] bytes)
    {
        byte[] message = new byte[StreamHeader.Bytes + bytes.Length];
        header.Write(message);
        bytes.CopyTo(message, StreamHeader.Bytes);
        return message;
    }

    private static async Task<StreamAnswer> AnswerAsync(CoTask<IpcResponse> call)
    {
        using IpcResponse response = await call;
        return (StreamAnswer)response.Label;
    }

    private static void Run(Func<Task> program) => program().WaitAsync(s_limit).GetAwaiter().GetResult();
}
