using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds those who want nothing but to be served, whatever others do, and who note on the board how they are.</summary>
internal static class Bystanders
{
    /// <summary>Names the environment variable with the number of the bystander's line.</summary>
    public const string LineVariable = "LINE";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_pauseOfNewcomers = TimeSpan.FromMilliseconds(10);
    private static unsafe HostileBoard* s_board;
    private static unsafe BystanderLine* s_line;
    private static bool s_hasComplained;

    /// <summary>Calls asynchronously, one call at a time.</summary>
    public static void CallAsynchronously()
    {
        FindLine();
        ReL4.Run(CallForEverAsync);
    }

    /// <summary>Calls synchronously.</summary>
    public static void CallSynchronously()
    {
        FindLine();
        EndpointCap server = AsyncSystem.Endpoint;
        for (ulong i = 0; ; i++)
        {
            Begin();
            try
            {
                ReceivedMessage reply = server.Call((ulong)Order.Echo, i);
                Require(reply.Label == (ulong)Order.Echo && reply[0] == i);
                End();
            }
            catch (Exception failure)
            {
                Fail(failure);
                Thread.Sleep(s_pause);
            }
        }
    }

    /// <summary>Comes anew again and again: opens a channel, calls, and ends.</summary>
    public static void ComeAnew()
    {
        FindLine();
        while (true)
        {
            Begin();
            try
            {
                ReL4.Run(async () =>
                {
                    using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, new byte[] { 1 });
                    Require(echo.Length == 1 && echo.Payload[0] == 1);
                });
                End();
            }
            catch (Exception failure)
            {
                Fail(failure);
            }

            Thread.Sleep(s_pauseOfNewcomers);
        }
    }

    /// <summary>Calls asynchronously for ever, for whoever has found its line.</summary>
    public static async ValueTask CallForEverAsync()
    {
        byte[] message = new byte[40];
        while (true)
        {
            message[0]++;
            Begin();
            try
            {
                using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, message);
                Require(echo.Payload.SequenceEqual(message));
                End();
            }
            catch (Exception failure)
            {
                Fail(failure);
                await Executor.Current!.Delay(s_pause);
            }
        }
    }

    /// <summary>Finds the line of the calling task.</summary>
    public static unsafe void FindLine()
    {
        s_board = HostileBoard.Map();
        s_line = HostileBoard.LineOf(s_board, int.Parse(Environment.GetEnvironmentVariable(LineVariable)!, CultureInfo.InvariantCulture));
    }

    private static unsafe void Begin() => s_line->Begin();

    private static unsafe void End() => s_line->End(Volatile.Read(ref s_board->Begun) != 0);

    private static void Require(bool isMine)
    {
        if (!isMine)
            throw new InvalidOperationException("the answer is another's");
    }

    private static unsafe void Fail(Exception failure)
    {
        s_line->Fail();
        if (!s_hasComplained)
            Console.WriteLine($"{failure.GetType().Name}: {failure.Message}");
        s_hasComplained = true;
    }
}
