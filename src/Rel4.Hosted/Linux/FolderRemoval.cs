using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Linux;

/// <summary>Deletes a folder that somebody hostile has filled.</summary>
/// <remarks>
/// The folders of .NET's base library can't be trusted with that: a name need not be text, folders can be nested deeper than a path can be
/// long or a recursion can go, and closed to their owner. So names stay bytes, and an inner folder that is not empty is moved to the side
/// and emptied later. A process of its owner's may outlive its task and exchange what is there at any moment, so nothing here follows a
/// link, and a folder's mode is changed by a descriptor: then the removal may fail, but touches nothing outside.
/// </remarks>
internal static unsafe class FolderRemoval
{
    private const int AtWorkingDirectory = -100;
    private const int RemoveDirectory = 0x200;
    private const int OpenFolderItselfCloseOnExec = 0x1_0000 | 0x2_0000 | 0x8_0000;
    private const int OpenAsPlace = 0x20_0000;
    private const int OwnerAll = 0b111_000_000;
    private const int BufferSize = 32 * 1024;

    // struct linux_dirent64: inode, offset, length of the record, type, name.
    private const int RecordLengthOffset = 16;
    private const int NameOffset = 19;

    /// <summary>Deletes a folder with all that is in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="workFolder">A folder on the same file system, which only the caller can write.</param>
    public static void Delete(string path, string workFolder)
    {
        string aside = Path.Combine(workFolder, $"deleted-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        nint pathName = Marshal.StringToCoTaskMemUTF8(path);
        nint asideName = Marshal.StringToCoTaskMemUTF8(aside);
        try
        {
            using (SafeFileHandle asideFolder = Open(AtWorkingDirectory, asideName))
            {
                int moved = 0;
                Empty(AtWorkingDirectory, pathName, asideFolder, ref moved);
                for (int index = 0; index < moved; index++)
                {
                    nint name = Marshal.StringToCoTaskMemUTF8(index.ToString(CultureInfo.InvariantCulture));
                    Empty(Number(asideFolder), name, asideFolder, ref moved);
                    Marshal.FreeCoTaskMem(name);
                }
            }

            SystemCall.Invoke(unlinkat, AtWorkingDirectory, asideName, RemoveDirectory);
        }
        finally
        {
            Marshal.FreeCoTaskMem(pathName);
            Marshal.FreeCoTaskMem(asideName);
        }
    }

    private static void Empty(nint parent, nint name, SafeFileHandle aside, ref int moved)
    {
        using (SafeFileHandle folder = OpenToOwner(parent, name))
        {
            // What is deleted while a folder is read may hide others, so it is read until nothing is left.
            while (RemoveEntries(folder, aside, ref moved))
                SystemCall.Invoke(lseek, Number(folder));
        }

        SystemCall.Invoke(unlinkat, parent, name, RemoveDirectory);
    }

    /// <summary>Removes the entries of a folder and returns whether there were any.</summary>
    private static bool RemoveEntries(SafeFileHandle folder, SafeFileHandle aside, ref int moved)
    {
        byte[] buffer = new byte[BufferSize];
        bool isChanged = false;
        fixed (byte* records = buffer)
        {
            while (true)
            {
                int length = (int)SystemCall.Invoke(getdents64, Number(folder), (nint)records, BufferSize);
                if (length == 0)
                    return isChanged;
                for (int offset = 0; offset < length;)
                {
                    byte* name = records + offset + NameOffset;
                    if (!IsSelfOrParent(name))
                    {
                        Remove(folder, (nint)name, aside, ref moved);
                        isChanged = true;
                    }

                    offset += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(offset + RecordLengthOffset));
                }
            }
        }
    }

    private static void Remove(SafeFileHandle folder, nint name, SafeFileHandle aside, ref int moved)
    {
        SystemCall.TryInvoke(unlinkat, out LinuxError error, Number(folder), name);
        if (error == LinuxError.None)
            return;
        if (error != LinuxError.EISDIR)
            throw new LinuxException(nameof(unlinkat), error);
        SystemCall.TryInvoke(unlinkat, out error, Number(folder), name, RemoveDirectory);
        if (error == LinuxError.None)
            return;
        if (error is not (LinuxError.ENOTEMPTY or LinuxError.EEXIST))
            throw new LinuxException(nameof(unlinkat), error);
        // To move a folder its owner must be able to write it.
        OpenToOwner(Number(folder), name).Dispose();
        nint newName = Marshal.StringToCoTaskMemUTF8(moved.ToString(CultureInfo.InvariantCulture));
        SystemCall.Invoke(renameat, Number(folder), name, Number(aside), newName);
        Marshal.FreeCoTaskMem(newName);
        moved++;
    }

    private static bool IsSelfOrParent(byte* name) => name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));

    /// <summary>Opens a folder, and lets its owner do all in it. Fails where the name is a link's.</summary>
    private static SafeFileHandle OpenToOwner(nint parent, nint name)
    {
        // A closed folder can't be opened for reading, and fchmod refuses a descriptor that is only a place. The link of the descriptor in
        // /proc leads to what was opened, whatever has its name by now.
        using SafeFileHandle place = Open(parent, name, OpenAsPlace);
        nint link = Marshal.StringToCoTaskMemUTF8(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Number(place)}"));
        nint self = Marshal.StringToCoTaskMemUTF8(".");
        try
        {
            SystemCall.Invoke(fchmodat, AtWorkingDirectory, link, OwnerAll);
            return Open(Number(place), self);
        }
        finally
        {
            Marshal.FreeCoTaskMem(link);
            Marshal.FreeCoTaskMem(self);
        }
    }

    private static SafeFileHandle Open(nint parent, nint name, int flags = 0) =>
        new(SystemCall.Invoke(openat, parent, name, OpenFolderItselfCloseOnExec | flags), ownsHandle: true);

    private static nint Number(SafeFileHandle folder) => folder.DangerousGetHandle();
}
