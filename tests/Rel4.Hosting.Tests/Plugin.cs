using System.Text;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>What the tasks of these tests run.</summary>
internal static class Plugin
{
    /// <summary>The label of a request that ends the plug-in.</summary>
    public const ushort Die = 9;

    /// <summary>Serves 'requests': answers in capitals.</summary>
    public static void Serve() => ReL4.Run(ServeAsync);

    /// <summary>Fails at once.</summary>
    public static int Fail() => 3;

    private static async ValueTask ServeAsync()
    {
        Console.WriteLine("serves \u001b[31mnow");
        Console.Error.WriteLine("beware");
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            if (request.Label == Die)
                Environment.Exit(1);
            await request.ReplyAsync(0, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Payload).ToUpperInvariant()));
        }
    }
}
