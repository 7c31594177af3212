using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>What the tasks of these tests run.</summary>
internal static class Programs
{
    public static void Echo() => ReL4.Run(async () =>
    {
        await foreach (Request request in AsyncSystem.Endpoint.ReceiveAllAsync())
            await request.ReplyAsync(request.Label, request.Payload);
    });

    public static void CallOnce() => ReL4.Run(async () =>
    {
        using Response response = await AsyncSystem.Endpoint.CallAsync(7, "hello"u8.ToArray());
        Console.WriteLine($"label {response.Label}: {System.Text.Encoding.UTF8.GetString(response.Payload)}");
    });
}
