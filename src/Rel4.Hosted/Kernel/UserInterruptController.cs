using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the user-interrupt controller, in memory that senders and receivers share.</summary>
internal sealed unsafe class UserInterruptController(KernelLoop loop)
{
}
