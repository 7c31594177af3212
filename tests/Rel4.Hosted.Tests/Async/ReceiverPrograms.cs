using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds the client of two tasks that receive from one endpoint.</summary>
internal static class ReceiverPrograms
{
    /// <summary>Opens channels until that fails, as it does once both receive.</summary>
    public static void OpenUntilRefused()
    {
        for (bool isRefused = false; !isRefused;)
        {
            ReL4.Run(async () =>
            {
                try
                {
                    (await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo)).Dispose();
                }
                catch (ChannelRefusedException refusal)
                {
                    Console.WriteLine(refusal.Message);
                    isRefused = true;
                }
            });
        }
    }
}
