using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Sandbox;

/// <summary>What a task runs in: a process of its own, or for development this one.</summary>
internal interface ITaskProcess : IDisposable
{
    /// <summary>Gets the number of the process, for people to read.</summary>
    int Id { get; }

    /// <summary>Gets a descriptor that polls as readable once the task has ended.</summary>
    SafeFileHandle Descriptor { get; }

    /// <summary>Asks the task to end.</summary>
    void Terminate();

    /// <summary>Ends the task at once.</summary>
    void Kill();

    /// <summary>Waits for the end of the task.</summary>
    TaskEnd WaitForEnd();
}
