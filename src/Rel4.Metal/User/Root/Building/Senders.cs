using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Registers senders, and takes them back. The kernel takes them away as well, but leaves a thread its index then.</summary>
internal static unsafe class Senders
{
    private const int Capacity = 128;

    private static Registrations s_all;
    private static int s_count;

    /// <summary>Gives a thread a sender, until <see cref="ReleaseAll"/>.</summary>
    public static SeL4Error TryRegister(ulong thread, ulong notification, out SenderHandle handle)
    {
        SeL4Error error = SeL4.TCB_RegisterSender(thread, notification, out handle);
        if (error == SeL4Error.NoError && s_count < Capacity)
        {
            s_all.Threads[s_count] = thread;
            s_all.Handles[s_count++] = handle.Raw;
        }

        return error;
    }

    /// <summary>Takes all back that are there.</summary>
    public static void ReleaseAll()
    {
        while (s_count > 0)
        {
            s_count--;
            _ = SeL4.TCB_UnregisterSender(s_all.Threads[s_count], new SenderHandle(s_all.Handles[s_count]));
        }
    }

    private struct Registrations
    {
        public fixed ulong Threads[Capacity];
        public fixed ulong Handles[Capacity];
    }
}
