private import Glibc

/// Gives up the rights of root for those of a user, for good, in all threads.
///
/// Called when the interfaces are open. Does nothing if the program runs as that user already.
///
/// - Throws: if the user does not exist or is root, or if the rights could be regained; the program should
///   end then, for it may be between the two.
package func dropPrivileges(to user: String) throws(CaptureError) {
    func refusal(_ reason: String) -> CaptureError {
        .cannotDropPrivileges(user: user, reason: reason)
    }
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 1 << 14)
    let status = unsafe getpwnam_r(user, &entry, &text, text.count, &found)
    guard status == 0, unsafe found != nil else {
        throw refusal(status == 0 ? "there is no such user" : systemError(status))
    }
    let (userID, groupID) = unsafe (entry.pw_uid, entry.pw_gid)
    guard userID != 0 else { throw refusal("that user is root") }
    if geteuid() == userID, getuid() == userID { return }
    guard geteuid() == 0 else { throw refusal("only root can become another user") }
    var groups = [groupID]
    guard unsafe setgroups(1, &groups) == 0, setgid(groupID) == 0, setuid(userID) == 0 else {
        throw refusal(lastSystemError())
    }
    // A saved user id or a kept capability would let these succeed.
    guard setuid(0) != 0, setgid(0) != 0, getuid() == userID, geteuid() == userID,
        getgid() == groupID, getegid() == groupID
    else { throw refusal("the rights of root could be regained") }
}
