using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Supervision;

/// <summary>Makes sure that a process has what the start of a system takes, before anything is started.</summary>
/// <remarks>Without descriptors .NET itself can't start a thread, and ends with no word of what is missing.</remarks>
internal static class StartReserve
{
    /// <summary>What the kernel, the supervisor and one task take at most.</summary>
    private const int NeededDescriptors = 64;

    /// <summary>Tries whether the process can open enough.</summary>
    /// <exception cref="LinuxException">It can't.</exception>
    public static void Demand()
    {
        var opened = new List<int>(NeededDescriptors);
        try
        {
            while (opened.Count < NeededDescriptors)
            {
                int descriptor = Descriptors.TryCreateEvent();
                if (descriptor < 0)
                    throw new LinuxException("eventfd", (LinuxError)(-descriptor), $"the start of a system, which takes {NeededDescriptors} descriptors");
                opened.Add(descriptor);
            }
        }
        finally
        {
            opened.ForEach(descriptor => _ = Descriptors.Close(descriptor));
        }
    }
}
